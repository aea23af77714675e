# --- ECS itself: what is told at the end ------------------------------------------------------------------------------------

# ECS' own action of a pipeline takes nothing but the image from its build, so it releases nothing else.
ecs_report() { report_revision "$service"; }
