//! Every code there is. A code is never given a second meaning.

use super::Code;

macro_rules! codes {
    ($($name:ident = $id:literal $slug:literal $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $name: Code = Code { id: $id, name: $slug };)*

        /// Every code with its meaning, sorted by id.
        pub const ALL: &[(Code, &str)] = &[$(($name, $meaning)),*];
    };
}

codes! {
    // Reading: BG001 to BG019.
    NOT_YAML = "BG001" "not-yaml" "the text is not YAML";
    EMPTY_DOCUMENT = "BG002" "empty-document" "the file holds nothing";
    SECOND_DOCUMENT = "BG003" "second-document" "the file holds more than one YAML document";
    DUPLICATE_KEY = "BG004" "duplicate-key" "a map has the same key twice";
    MERGE_KEY = "BG005" "merge-key" "a map uses the merge key `<<` of YAML 1.1";
    KEY_NOT_TEXT = "BG006" "key-not-text" "a key is empty, a list, a map or an alias";
    TAB_INDENTATION = "BG007" "tab-indentation" "a line is indented with a tab";
    UNSUPPORTED_TAG = "BG008" "unsupported-tag" "a value carries a YAML tag other than `!!str`";
    UNKNOWN_ALIAS = "BG009" "unknown-alias" "an alias names an anchor that is not set before it";
    ENDLESS_ALIAS = "BG010" "endless-alias" "an alias stands inside the value it repeats";
    DOCUMENT_TOO_LARGE = "BG011" "document-too-large" "the file is larger than any blueprint";
    DOCUMENT_TOO_DEEP = "BG012" "document-too-deep" "values are nested deeper than in any blueprint";
    TOO_MANY_VALUES = "BG013" "too-many-values" "the file holds more values than any blueprint, aliases counted";
    UNUSABLE_NUMBER = "BG014" "unusable-number" "a number cannot be held without changing it";

    // Shape: BG020 to BG049.
    UNKNOWN_KEY = "BG020" "unknown-key" "a map has a key that means nothing there";
    MISSING_KEY = "BG021" "missing-key" "a map lacks a key it must have";
    WRONG_TYPE = "BG022" "wrong-type" "a value is of another type than expected";
    UNKNOWN_WORD = "BG023" "unknown-word" "a value is not one of the words allowed there";
    MALFORMED_VALUE = "BG024" "malformed-value" "text does not have the form expected there";
    OUT_OF_RANGE = "BG025" "out-of-range" "a number is too small or too large";
    MISSING_UNIT = "BG026" "missing-unit" "a bare number stands where a number with a unit is expected";
    UNKNOWN_CHOICE = "BG027" "unknown-choice" "a choice is made that is not on offer";
    SEVERAL_CHOICES = "BG028" "several-choices" "several things are chosen where one is";
    WRONG_LENGTH = "BG029" "wrong-length" "text, a list or a map is too short or too long";
    REPEATED_ITEM = "BG030" "repeated-item" "a list holds the same item twice";
    MALFORMED_NAME = "BG031" "malformed-name" "a name in a map does not have the form expected there";
    EXPRESSION = "BG032" "bad-expression" "a `${…}` cannot be worked out";
    UNKNOWN_BLUEPRINT = "BG033" "unknown-blueprint" "a service extends a service blueprint that does not exist";
    UNREADABLE_FILE = "BG034" "unreadable-file" "a file that a blueprint names cannot be read";
    CIRCLE = "BG035" "circular-reference" "a file comes back to itself by what it extends or includes";
    MISSING_PARAMETER = "BG036" "missing-parameter" "a service blueprint needs a parameter that is not given";
    UNKNOWN_PARAMETER = "BG037" "unknown-parameter" "a service blueprint has no such parameter";
    WRONG_PARAMETER = "BG038" "wrong-parameter" "a value does not fit the parameter it is for";
    REPEATED_INCLUDE = "BG039" "repeated-include" "a file is included twice";
    BAD_PARAMETER = "BG040" "bad-parameter" "a parameter's declaration contradicts itself";
    UNUSED_PARAMETER = "BG041" "unused-parameter" "a service blueprint does not use a parameter it declares";
    WRONG_DOCUMENT = "BG042" "wrong-document" "a file is another kind of blueprint than is expected there";
    WITH_ALONE = "BG043" "with-alone" "parameters are given and nothing is extended";
    WRONG_SHAPE = "BG049" "wrong-shape" "a value does not fit the schema in a way no other code tells";

    // What people write in CloudFormation's own words: BG050 to BG069.
    PATCHES_NOTHING = "BG050" "patches-nothing" "a patch chooses no resource";
    PATCH_POINTER = "BG051" "patch-pointer" "a patch changes what is not there";
    PATCHES_OWNED = "BG052" "patches-owned" "a patch changes what moves traffic";
    STALE_PATCH = "BG053" "stale-patch" "what a patch replaces has changed since it was written";
    INVALID_RESOURCE = "BG054" "invalid-resource" "a resource is not one CloudFormation takes";
    DANGLING_REFERENCE = "BG055" "dangling-reference" "a reference names nothing in the stack";
    CIRCULAR_DEPENDENCY = "BG056" "circular-dependency" "resources wait for each other";
    UNSAID_DELETION = "BG057" "unsaid-deletion" "a resource that holds data does not say what becomes of it";

    // Rules: BG100 and up.
    FARGATE_SIZE = "BG100" "fargate-size" "CPU and memory do not go together on Fargate";
    SLOW_HEALTH_CHECK = "BG101" "slow-health-check" "a health check may take longer than the time to the next";
    PLAIN_INTERNET = "BG102" "plain-internet" "traffic from the internet is not encrypted";
    PORT_TAKEN = "BG103" "port-taken" "two things listen on one port";
    UNVERIFIED_SWITCH = "BG104" "unverified-switch" "traffic moves to a version that nothing has looked at";
    UNKNOWN_ALARM = "BG105" "unknown-alarm" "an alarm is named that does not exist";
    TOO_MANY_ALARMS = "BG106" "too-many-alarms" "more alarms stop a deployment than CodeDeploy watches";
    TOOTHLESS_ROLLBACK = "BG107" "toothless-rollback" "a rollback can never happen";
    BLIND_ROLLOUT = "BG108" "blind-rollout" "alarms fire too late to protect anybody";
    UNKNOWN_ENVIRONMENT = "BG109" "unknown-environment" "an environment is named that does not exist";
    STAGE_ELSEWHERE = "BG110" "stage-elsewhere" "a pipeline's stage is in another account or region";
    NAME_TOO_LONG = "BG111" "name-too-long" "a name made of others is longer than AWS allows";
    VPC_SIZE = "BG112" "vpc-size" "the VPC is too large or too small";
    CLASHING_NAMES = "BG113" "clashing-names" "two things have one name";
    CAPACITY = "BG114" "impossible-capacity" "the shares of capacity providers contradict each other";
    PLAINTEXT_SECRET = "BG115" "plaintext-secret" "a secret stands in plain text";
    UNREACHABLE_SERVICE = "BG116" "unreachable-service" "tasks do not reach a service they need";
    UNKNOWN_RANGE = "BG117" "unknown-range" "something is opened to addresses that are not known";
    TOO_FEW_SUBNETS = "BG118" "too-few-subnets" "a load balancer has fewer subnets than it needs";
    PROTOCOL_NEEDS_TLS = "BG119" "protocol-needs-tls" "something needs HTTPS, and there is no certificate";
    IMPOSSIBLE_ALARM = "BG120" "impossible-alarm" "an alarm could never be evaluated";
    TWO_IMAGES = "BG121" "two-images" "the image comes from two places";
    IDLE_SCALING = "BG122" "idle-scaling" "scaling has nothing to go by";
    SIDECAR_TOO_LARGE = "BG123" "sidecar-too-large" "a sidecar may use all of the task's memory";
    TEMPLATE_TOO_LARGE = "BG124" "template-too-large" "a template is larger than CloudFormation accepts";
    UNUSED_ALLOWANCE = "BG125" "unused-allowance" "something is allowed, or in the baseline, that is not found";
    EXPIRED_ALLOWANCE = "BG126" "expired-allowance" "something was allowed until a day that is over";
    IMPOSSIBLE_ALLOWANCE = "BG127" "impossible-allowance" "something is allowed that nobody can allow";

    // Rules over a rollout: BG130 to BG199.
    NO_WAY_BACK = "BG130" "no-way-back" "the old version goes before anyone could want it back";
    DECORATIVE_ALARM = "BG131" "decorative-alarm" "an alarm fires only after the old version is gone";
    WIDE_EXPOSURE = "BG132" "wide-exposure" "a bad release reaches more of the traffic than was allowed";
    COSTLY_DETECTION = "BG133" "costly-detection" "a bad release reaches more requests than was allowed";
    INVISIBLE_CANARY = "BG134" "invisible-canary" "a canary is too small for an alarm to see";
    TOO_FEW_SAMPLES = "BG135" "too-few-samples" "an alarm on a percentile sees too few answers";
    FAILURE_LEFT_STANDING = "BG136" "failure-left-standing" "a deployment that fails is not taken back";
    STARTUP_NOISE = "BG137" "startup-noise" "tasks that start set off an alarm";
    UNWATCHED_FAIL_OPEN = "BG138" "unwatched-fail-open" "no alarm sees that no task is healthy";
    DENOMINATOR_TRAP = "BG139" "denominator-trap" "an alarm on a percentage misses requests that reach no task";
    OPEN_TEST_LISTENER = "BG140" "open-test-listener" "the internet reaches the new version before it is released";
    UNHEARD_HOLD = "BG141" "unheard-hold" "a deployment waits for a person, and nobody is told";
    UNHEARD_APPROVAL = "BG142" "unheard-approval" "a pipeline waits for a person, and nobody is told";
    LONGER_THAN_PIPELINE = "BG143" "longer-than-pipeline" "a deployment may take longer than a pipeline waits";
    KEPT_TO_THE_LIMIT = "BG144" "kept-to-the-limit" "the old version is kept for longer than AWS is sure to allow";
    SLOW_CHECKS = "BG145" "slow-checks" "checks may take longer than the function that asks them";
    UNEVEN_STEPS = "BG146" "uneven-steps" "the last step of a linear shift differs from the others";
    RESTART_LOOP = "BG147" "restart-loop" "tasks are killed before they have started";
    CONTAINER_RESTART_LOOP = "BG148" "container-restart-loop" "containers are killed before they have started";
    LATE_START = "BG149" "late-start" "the new tasks start later than CodeDeploy waits";
    SLOW_VERDICT = "BG150" "slow-verdict" "a canary ends before a bad task counts as unhealthy";
    HEALTH_ACCEPTS_FAILURE = "BG151" "health-accepts-failure" "a health check takes a failure for health";
    SHALLOW_HEALTH_CHECK = "BG152" "shallow-health-check" "a health check says little about the application";
    HASTY_HEALTH_CHECK = "BG153" "hasty-health-check" "a health check gives up before an answer under load";
    CUT_REQUESTS = "BG154" "cut-requests" "requests are cut off by a release";
    CUT_CONNECTIONS = "BG155" "cut-connections" "connections are cut off by a release";
    KILLED_SHUTDOWN = "BG156" "killed-shutdown" "tasks are killed before they have stopped";
    SPOT_DRAIN = "BG157" "spot-drain" "a task on Spot is gone before it has drained";
    RELEASE_QUEUE = "BG158" "release-queue" "a deployment ends after the next one is due";
    LOST_ROLLBACK_IMAGE = "BG159" "lost-rollback-image" "a repository drops images that a rollback needs";
    FRAGILE_SIDECAR = "BG160" "fragile-sidecar" "a sidecar that nobody watches may stop the task";
    TOO_FEW_ADDRESSES = "BG161" "too-few-addresses" "blue and green together need more addresses than there are";
    VCPU_QUOTA = "BG162" "vcpu-quota" "blue and green together need more vCPUs than are granted";
    DOWNSTREAM_OVERLOAD = "BG163" "downstream-overload" "blue and green together open more connections than are accepted";
    TOO_MANY_TARGETS = "BG164" "too-many-targets" "blue and green together are more targets than a load balancer has";
    SINGLE_TASK = "BG165" "single-task" "production may run on one task";
    SPOT_ALONE = "BG166" "spot-alone" "every task runs on capacity that may be missing";
    MOVING_TAG = "BG167" "moving-tag" "an image is named by a tag that moves";
    SHELL_NEEDS_WRITING = "BG168" "shell-needs-writing" "a shell is wanted where it cannot be opened";
    CAPACITY_BELOW_PEAK = "BG169" "capacity-below-peak" "scaling stops before the peak";

    // Services without a load balancer: BG170 to BG172.
    NEEDS_LOAD_BALANCER = "BG170" "needs-load-balancer" "a service without a load balancer is asked for what is about requests";
    UNPROVEN_TASKS = "BG171" "unproven-tasks" "nothing tells whether the tasks of a new version work";
    UNCOUNTED_TASKS = "BG172" "uncounted-tasks" "an alarm counts missing tasks, and nobody counts tasks";

    // What a stage of a pipeline releases with: BG173, BG174 and BG192.
    OUTLIVED_ACTION = "BG173" "outlived-action" "a release is sure to take longer than the action of a pipeline waits";
    FIRST_BY_HAND = "BG174" "first-by-hand" "the first release cannot be made by the action of a pipeline";

    // What AWS refuses elsewhere, and what is paid for: BG175 to BG181.
    FOREIGN_ARN = "BG175" "foreign-arn" "an ARN is of another partition, region or account than what uses it";
    WRONG_PROTOCOL = "BG176" "wrong-protocol" "something speaks HTTP/1.1 to tasks that do not";
    NAT_PER_ZONE = "BG177" "nat-per-zone" "an environment that is not protected has a NAT gateway in every zone";
    UNUSED_ENDPOINT = "BG178" "unused-endpoint" "an interface endpoint is there that nothing uses";
    COSTLY_OVERLAP = "BG179" "costly-overlap" "two versions run side by side for most of the day";
    CAPACITY_ABOVE_PEAK = "BG180" "capacity-above-peak" "more tasks run all the time than the peak needs";
    ONE_WAY_SCHEDULE = "BG181" "one-way-schedule" "a schedule changes the range and never back";

    // What an engine cannot do: BG182 to BG188.
    ENGINE_LACKS = "BG182" "engine-lacks" "an engine is asked for a strategy that it does not have";
    BEYOND_ENGINE = "BG183" "beyond-engine" "a number is beyond what the engine takes";
    NEEDS_TWO_VERSIONS = "BG184" "needs-two-versions" "a rolling update is asked for what needs two versions side by side";
    ALWAYS_TAKEN_BACK = "BG185" "always-taken-back" "a rollback is left out that the engine always makes";
    LONGER_THAN_UPDATE = "BG186" "longer-than-update" "a release waits longer than CloudFormation accepts";
    HOLD_OUTLIVES_UPDATE = "BG187" "hold-outlives-update" "a release may wait for a person longer than CloudFormation does";
    IMPOSSIBLE_ROLLING = "BG188" "impossible-rolling" "a rolling update can neither start nor stop a task, or ends before its own least";

    // Several services behind one load balancer.
    MISPLACED_KEY = "BG189" "misplaced-key" "a key of a load balancer stands in a service that shares one, or a key of a rule where there is none";
    SHADOWED_RULE = "BG190" "shadowed-rule" "no request reaches a service, because the rule of another takes them";
    PRIORITY_TAKEN = "BG191" "priority-taken" "two rules of a load balancer have the same priority";
    UNSEEN_RED_ALARM = "BG192" "unseen-red-alarm" "a pipeline starts releases without a look at the alarms that are to take them back";
    ENGINE_CANNOT = "BG193" "engine-cannot" "an engine is asked for what it cannot do";
    ENGINE_NOT_HERE = "BG194" "engine-not-here" "an engine is asked for in a region that has it not";
    RELEASE_LEAVES_OUT = "BG195" "release-leaves-out" "a release may leave out what the transform of the engine is not known to carry";
    COSTLY_IDLE = "BG198" "costly-idle" "a color runs on although it has no traffic";

    // Service Connect: BG200 to BG202.
    ONE_NAME_TWICE = "BG200" "one-name-twice" "two services would be called by the same name and port";
    IDLE_TEST_HEADER = "BG201" "idle-test-header" "a header is meant to lead to a new version, and leads nowhere";
    CRAMPED_PROXY = "BG202" "cramped-proxy" "the proxy of Service Connect takes as much CPU as the task has";

    // Network Load Balancers.
    NEEDS_REQUESTS = "BG203" "needs-requests" "a service that is sent connections is asked for what is about requests";
    CUT_DRAINING = "BG204" "cut-draining" "tasks may be killed while their connections drain";

    UNKNOWN_LOAD_BALANCER = "BG205" "unknown-load-balancer" "a service names a load balancer that is not there";
    TOO_MANY_CONDITIONS = "BG206" "too-many-conditions" "a rule has more values or wildcards than a load balancer takes";
    TOO_MANY_RULES = "BG207" "too-many-rules" "more rules or target groups stand behind a load balancer than AWS grants";
    UNREACHABLE_CHECK = "BG208" "unreachable-check" "a check asks for what the rule of its service does not take";
    UNUSED_LOAD_BALANCER = "BG209" "unused-load-balancer" "no service stands behind a load balancer";
    EXISTING_LOAD_BALANCER = "BG215" "existing-load-balancer" "a load balancer that is there already does not fit what stands behind it";
}

/// Rules whose breach AWS or CloudFormation refuses, or that nothing can be rendered from; and what is said of allowances
/// themselves.
const BINDING: &[Code] = &[
    FARGATE_SIZE,
    SLOW_HEALTH_CHECK,
    PORT_TAKEN,
    UNKNOWN_ALARM,
    TOO_MANY_ALARMS,
    UNKNOWN_ENVIRONMENT,
    STAGE_ELSEWHERE,
    NAME_TOO_LONG,
    VPC_SIZE,
    CLASHING_NAMES,
    CAPACITY,
    UNKNOWN_RANGE,
    TOO_FEW_SUBNETS,
    PROTOCOL_NEEDS_TLS,
    IMPOSSIBLE_ALARM,
    TWO_IMAGES,
    SIDECAR_TOO_LARGE,
    TEMPLATE_TOO_LARGE,
    FOREIGN_ARN,
    WRONG_PROTOCOL,
    NEEDS_LOAD_BALANCER,
    NEEDS_REQUESTS,
    ENGINE_LACKS,
    BEYOND_ENGINE,
    ENGINE_CANNOT,
    ENGINE_NOT_HERE,
    NEEDS_TWO_VERSIONS,
    ALWAYS_TAKEN_BACK,
    LONGER_THAN_UPDATE,
    IMPOSSIBLE_ROLLING,
    ONE_NAME_TWICE,
    IDLE_TEST_HEADER,
    UNUSED_ALLOWANCE,
    EXPIRED_ALLOWANCE,
    IMPOSSIBLE_ALLOWANCE,
    MISPLACED_KEY,
    SHADOWED_RULE,
    PRIORITY_TAKEN,
    UNKNOWN_LOAD_BALANCER,
    TOO_MANY_CONDITIONS,
];

/// Codes of which some findings have a change that is certain. A test holds the list to what is found.
const MENDABLE: &[Code] = &[
    UNKNOWN_KEY,
    MISSING_KEY,
    WRONG_TYPE,
    UNKNOWN_WORD,
    MALFORMED_VALUE,
    MISSING_UNIT,
    UNKNOWN_CHOICE,
    MALFORMED_NAME,
    WRONG_PARAMETER,
    FOREIGN_ARN,
    WRONG_PROTOCOL,
];

impl Code {
    /// Whether `check --fix` mends some of its findings.
    pub fn is_mendable(&self) -> bool {
        MENDABLE.contains(self)
    }

    /// Whether a finding of it may be allowed, lowered or put into a baseline. What cannot be read, has the wrong shape or would
    /// be refused by AWS may not: nothing deployable comes of it.
    pub fn is_a_matter_of_judgement(&self) -> bool {
        self.id >= "BG100" && !BINDING.contains(self)
    }
}

/// The code called so, by id in any case or by name.
pub fn find(word: &str) -> Option<Code> {
    let all = ALL.iter().map(|(code, _)| *code);
    all.into_iter().find(|code| code.id.eq_ignore_ascii_case(word) || code.name == word)
}

/// The ids and names most like a word that is neither, the likeliest first.
pub fn near(word: &str) -> Vec<&'static str> {
    let word = word.to_lowercase();
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &word);
    let mut near: Vec<(f64, &str)> = ALL
        .iter()
        .flat_map(|(code, _)| [code.name, code.id])
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .collect();
    near.sort_by(|left, right| right.0.total_cmp(&left.0));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(ALL.windows(2).all(|pair| pair[0].0.id < pair[1].0.id));
        let mut names: Vec<_> = ALL.iter().map(|(code, _)| code.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn ids_and_names_have_one_form() {
        for (code, meaning) in ALL {
            assert!(code.id.len() == 5 && code.id.starts_with("BG"), "{}", code.id);
            assert!(
                code.name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'),
                "{}",
                code.name
            );
            assert!(!meaning.ends_with('.') && !meaning.is_empty(), "{meaning}");
        }
    }
}
