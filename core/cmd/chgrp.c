/* chgrp: give files to another group. POSIX.1-2017 chgrp; see owner.h for what is possible here. */
#include "cmd/owner.h"

static const char help[] =
    "Usage: chgrp [OPTION]... GROUP FILE...\n"
    "  or:  chgrp [OPTION]... --reference=FILE FILE...\n"
    "Give each FILE to a group. All belongs to \"user\", and nobody else can have it.\n"
    "\n"
    "  -f, --silent, --quiet  no error messages\n"
    "  -h, --no-dereference   links themselves\n"
    "  -R, --recursive        with all below\n"
    "  -v, --verbose          say what is done\n"
    "      --help             this text\n"
    "      --version          the version\n";

CMD_PROGRAM(chgrp, struct owner, owner_run, help);
