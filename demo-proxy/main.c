/* demo-proxy: stands between Umbra's page and the model providers, so that provider keys stay on this side.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "options.h"
#include "serve.h"

int main(int argc, char **argv)
{
    struct px_options options;
    struct px_err err = {0};
    int status = 0;
    (void)umask(077);
    if (px_options_read(&options, argc, argv, &err)) {
        (void)fprintf(stderr, "demo-proxy: %s\n", err.text);
        status = err.code == PX_EUSAGE ? 2 : 1;
    } else if (options.command == PX_COMMAND_HELP) {
        px_options_help(stdout);
    } else if (options.command == PX_COMMAND_VERSION) {
        (void)printf("demo-proxy %s\n", UMBRA_VERSION);
    } else {
        status = options.command == PX_COMMAND_PAIR ? px_pair(&options) : px_serve(&options);
    }
    px_options_free(&options);
    return status;
}
