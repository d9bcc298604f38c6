#include <string.h>

#include "agent/agent_internal.h"
#include "store/changes.h"

void ag_emit(struct agent *agent, cJSON *event)
{
    struct buffer text = {0};

    json_print(&text, event);
    if (!text.failed) agent->host->emit(agent->host->context, text.data, text.size);
    buffer_free(&text);
    cJSON_Delete(event);
}

int ag_record(struct agent *agent, cJSON *event, struct error *error)
{
    struct buffer line = {0};
    int result;

    if (event == NULL) return error_memory(error);
    result = session_log(&agent->session, event, true, &line, error);
    if (result == 0 && !line.failed) agent->host->emit(agent->host->context, line.data, line.size);
    buffer_free(&line);
    return result;
}

void ag_emit_changes(struct agent *agent)
{
    struct st_changes changes;
    cJSON *event;

    if (st_list_changes(agent->store, ST_BASE, ST_HEAD, &agent->settings.renames, &changes, NULL) < 0) return;
    event = session_event("changes");
    if (json_add_number(event, "count", (double)changes.count) == 0)
        ag_emit(agent, event);
    else
        cJSON_Delete(event);
    st_free_changes(&changes);
}
