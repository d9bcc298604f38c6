/* demo-proxy: stands between Umbra's page and the model providers, so that provider keys stay on this side.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "commands.h"
#include "store/database.h"
#include "versions.h"
#include "wipe.h"

int main(int argc, char **argv)
{
    struct px_options options;
    struct px_err err = {0};
    int status = 0;
    (void)umask(077);
    px_wipe_begin();
    px_database_setup();
    if (px_options_read(&options, argc, argv, &err)) {
        (void)fprintf(stderr, "demo-proxy: %s\n", err.text);
        status = err.code == PX_EUSAGE ? 2 : 1;
    } else if (options.help) {
        px_options_help(stdout);
    } else if (options.version) {
        (void)printf("demo-proxy %s\n", UMBRA_VERSION);
        px_versions_print(stdout);
    } else {
        status = options.command->run(&options);
    }
    px_options_free(&options);
    return status;
}
