#!/usr/bin/env bash
# Deploys main.yaml as one CloudFormation stack, and says what failed and why when it rolls back.
#
# Needs: ENVIRONMENT (dev or prod), STACK_NAME, ARTIFACT_BUCKET, CLOUDFORMATION_ROLE_ARN, and the AWS CLI
# with credentials and a region. Exits 0 when the stack is as the templates say, also when it already was.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

: "${ENVIRONMENT:?dev or prod}" "${STACK_NAME:?the stack to deploy}"
: "${ARTIFACT_BUCKET:?where packaged templates go}" "${CLOUDFORMATION_ROLE_ARN:?the role that CloudFormation takes}"

readonly POLL_SECONDS="${POLL_SECONDS:-1}" # short: a rollback should be seen while it happens
readonly CHANGE_SET="release-$(date -u +%Y%m%d-%H%M%S)-$$"
readonly VERSION="$(<VERSION)"

cfn() { aws cloudformation "$@"; }
SCRATCH="$(mktemp -d)"
trap 'rm -rf "$SCRATCH"' EXIT
say() { printf '%s\n' "$*"; }
fail() { printf 'deploy: %s\n' "$*" >&2; exit 1; }

# Sets STATUS to the stack's status, or to nothing when there is no such stack.
read_status() {
  if STATUS="$(cfn describe-stacks --stack-name "$STACK_NAME" \
    --query 'Stacks[0].StackStatus' --output text 2>&1)"; then
    return
  fi
  [[ "$STATUS" == *"does not exist"* ]] || fail "cannot read the stack $STACK_NAME: $STATUS"
  STATUS=""
}

# Waits until nothing else is at work on the stack, and removes one whose first creation failed:
# CloudFormation refuses to update it. Sets CHANGE_SET_TYPE.
prepare_stack() {
  read_status
  while [[ "$STATUS" == *_IN_PROGRESS && "$STATUS" != REVIEW_IN_PROGRESS ]]; do
    say "$STACK_NAME is $STATUS; waiting"
    sleep "$POLL_SECONDS"
    read_status
  done
  case "$STATUS" in
    "" | REVIEW_IN_PROGRESS) CHANGE_SET_TYPE=CREATE ;;
    ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
      say "$STACK_NAME is $STATUS from an earlier attempt; deleting it"
      delete_stack
      CHANGE_SET_TYPE=CREATE
      ;;
    UPDATE_ROLLBACK_FAILED)
      fail "$STACK_NAME is UPDATE_ROLLBACK_FAILED; aws cloudformation continue-update-rollback comes first"
      ;;
    *) CHANGE_SET_TYPE=UPDATE ;;
  esac
}

delete_stack() {
  cfn delete-stack --stack-name "$STACK_NAME" --role-arn "$CLOUDFORMATION_ROLE_ARN"
  read_status
  while [[ "$STATUS" == DELETE_IN_PROGRESS ]]; do
    sleep "$POLL_SECONDS"
    read_status
  done
  [[ -z "$STATUS" ]] || fail "$STACK_NAME cannot be deleted, it is $STATUS; see its events"
}

create_change_set() {
  local parameters packaged="$SCRATCH/packaged.yaml"
  cfn package --template-file main.yaml --s3-bucket "$ARTIFACT_BUCKET" --s3-prefix "templates/$ENVIRONMENT" \
    --output-template-file "$packaged" >"$SCRATCH/package.log" 2>&1 ||
    fail "the templates cannot be packaged: $(<"$SCRATCH/package.log")"
  parameters="$(<"parameters/$ENVIRONMENT.json")"
  parameters="${parameters%]*}, {\"ParameterKey\": \"SiteVersion\", \"ParameterValue\": \"$VERSION\"}]"
  cfn create-change-set --stack-name "$STACK_NAME" --change-set-name "$CHANGE_SET" \
    --change-set-type "$CHANGE_SET_TYPE" --template-body "file://$packaged" --parameters "$parameters" \
    --role-arn "$CLOUDFORMATION_ROLE_ARN" --capabilities CAPABILITY_NAMED_IAM \
    --tags "Key=Environment,Value=$ENVIRONMENT" "Key=Project,Value=web-infrastructure" \
    "Key=ManagedBy,Value=CloudFormation" --output text >/dev/null
}

# Waits for the change set. Sets STARTED, the time from which events are this deployment's.
# Returns 1 when there is nothing to change.
await_change_set() {
  local status reason
  while true; do
    IFS=$'\t' read -r status STARTED reason < <(cfn describe-change-set --stack-name "$STACK_NAME" \
      --change-set-name "$CHANGE_SET" --query '[Status,CreationTime,StatusReason]' --output text)
    case "$status" in
      CREATE_COMPLETE) return 0 ;;
      FAILED)
        cfn delete-change-set --stack-name "$STACK_NAME" --change-set-name "$CHANGE_SET"
        case "$reason" in
          *"didn't contain changes"* | *"No updates are to be performed"*) return 1 ;;
        esac
        fail "the change set failed: $reason"
        ;;
      "") fail "cannot read the change set $CHANGE_SET" ;;
    esac
    sleep "$POLL_SECONDS"
  done
}

# This deployment's events of one stack, oldest first: id, time, resource, type, status, physical id, reason.
# "-" stands for what is empty: read takes tabs in a row for one.
events_of() {
  local query='reverse(StackEvents[].[EventId,Timestamp,LogicalResourceId,ResourceType,ResourceStatus'
  query+=",PhysicalResourceId||'-',ResourceStatusReason||'-'])"
  cfn describe-stack-events --stack-name "$1" --no-paginate --query "$query" --output text |
    awk -F '\t' -v started="$STARTED" '
      function flush() { if (event != "" && at >= started) print event }
      $2 ~ /^[0-9]+-[0-9]+-[0-9]+T/ { flush(); event = $0; at = $2; next }
      { event = event " " $0 } # a reason of several lines
      END { flush() }'
}

declare -A SEEN=()        # ids of the events already printed
declare -A AT_WORK=()     # nested stacks at work: id -> path
declare -A FAILED=()      # nested stacks that have failed: id -> path
declare -a FAILURES=()    # one line a failed resource

# Prints the new events of one stack ($1) and keeps its failures; $2 is its path from the root.
follow() {
  local stack="$1" path="$2" events id time resource type status physical reason line
  events="$(events_of "$stack")" || fail "cannot read the events of $stack"
  while IFS=$'\t' read -r id time resource type status physical reason; do
    [[ -n "$id" && -z "${SEEN[$id]:-}" ]] || continue
    SEEN[$id]=1
    [[ "$reason" == "-" ]] && reason=""
    line="$status $path$resource ($type)${reason:+: $reason}"
    say "${time:11:8} $line"
    if [[ "$status" == *_FAILED && "$reason" != *" cancelled" ]]; then
      FAILURES+=("$line")
    fi
    if [[ "$physical" == "$stack" || "$resource" == "$STACK_NAME" ]]; then
      [[ -n "$path" ]] || STATUS="$status"
    elif [[ "$type" == AWS::CloudFormation::Stack && "$physical" == arn:* ]]; then
      case "$status" in
        *_IN_PROGRESS) AT_WORK[$physical]="$path$resource/" ;;
        *_FAILED) FAILED[$physical]="$path$resource/" ;;
        *) unset "AT_WORK[$physical]" ;;
      esac
    fi
  done <<<"$events"
}

# Follows the stack, its nested stacks at work and those that have failed, until the stack has come to rest.
await_stack() {
  local nested
  STATUS=""
  while true; do
    follow "$STACK_NAME" ""
    for nested in "${!AT_WORK[@]}"; do
      follow "$nested" "${AT_WORK[$nested]}"
    done
    for nested in "${!FAILED[@]}"; do
      follow "$nested" "${FAILED[$nested]}"
    done
    [[ -z "$STATUS" || "$STATUS" == *_IN_PROGRESS ]] || return 0
    sleep "$POLL_SECONDS"
  done
}

prepare_stack
say "$STACK_NAME: version $VERSION, $CHANGE_SET_TYPE"
create_change_set
if ! await_change_set; then
  say "$STACK_NAME: nothing to change"
  exit 0
fi
cfn execute-change-set --stack-name "$STACK_NAME" --change-set-name "$CHANGE_SET"
await_stack

case "$STATUS" in
  CREATE_COMPLETE | UPDATE_COMPLETE)
    say "$STACK_NAME: $STATUS"
    ;;
  *)
    say ""
    say "$STACK_NAME: $STATUS. What failed:"
    printf '  %s\n' "${FAILURES[@]:-nothing that its events tell}"
    exit 1
    ;;
esac
