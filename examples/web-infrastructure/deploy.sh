#!/usr/bin/env bash
# Deploys main.yaml as one CloudFormation stack, and says what failed and why when it rolls back.
#
# Needs: ENVIRONMENT (dev or prod), STACK_NAME, ARTIFACT_BUCKET, CLOUDFORMATION_ROLE_ARN, and the AWS CLI
# with credentials and a region. Exits 0 when the stack is as the templates say, also when it already was.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

: "${ENVIRONMENT:?dev or prod}" "${STACK_NAME:?the stack to deploy}"
: "${ARTIFACT_BUCKET:?where packaged templates go}" "${CLOUDFORMATION_ROLE_ARN:?the role that CloudFormation takes}"

readonly POLL_SECONDS="${POLL_SECONDS:-2}" # at most 2: a rollback should be seen while it happens
readonly CHANGE_SET="release-$(date -u +%Y%m%d-%H%M%S)-$$"
readonly VERSION="$(<VERSION)"
readonly NONE="None" # what the AWS CLI prints for null

cfn() { aws cloudformation "$@"; }
say() { printf '%s\n' "$*"; }
fail() { printf 'deploy: %s\n' "$*" >&2; exit 1; }

# The stack's status, or nothing when there is no such stack.
stack_status() {
  local answer
  if answer="$(cfn describe-stacks --stack-name "$STACK_NAME" \
    --query 'Stacks[0].StackStatus' --output text 2>&1)"; then
    say "$answer"
  elif [[ "$answer" != *"does not exist"* ]]; then
    fail "cannot read the stack $STACK_NAME: $answer"
  fi
}

# Waits until nothing else is at work on the stack, and removes one whose first creation rolled back:
# CloudFormation refuses to update it. Sets CHANGE_SET_TYPE.
prepare_stack() {
  local status
  while status="$(stack_status)"; [[ "$status" == *_IN_PROGRESS && "$status" != REVIEW_IN_PROGRESS ]]; do
    say "$STACK_NAME is $status; waiting"
    sleep "$POLL_SECONDS"
  done
  case "$status" in
    "" | REVIEW_IN_PROGRESS)
      CHANGE_SET_TYPE=CREATE
      ;;
    ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
      say "$STACK_NAME is $status from an earlier attempt and holds nothing of use; deleting it"
      cfn delete-stack --stack-name "$STACK_NAME" --role-arn "$CLOUDFORMATION_ROLE_ARN"
      while status="$(stack_status)"; [[ -n "$status" ]]; do
        [[ "$status" == DELETE_FAILED ]] && fail "$STACK_NAME cannot be deleted; see its events"
        sleep "$POLL_SECONDS"
      done
      CHANGE_SET_TYPE=CREATE
      ;;
    UPDATE_ROLLBACK_FAILED)
      fail "$STACK_NAME is UPDATE_ROLLBACK_FAILED: continue its rollback first (aws cloudformation continue-update-rollback)"
      ;;
    *)
      CHANGE_SET_TYPE=UPDATE
      ;;
  esac
}

# The parameters of this environment, and the version to show: one word each, as the AWS CLI takes them.
create_change_set() {
  local packaged parameters
  packaged="$(mktemp)"
  trap 'rm -f "$packaged"' RETURN
  cfn package --template-file main.yaml --s3-bucket "$ARTIFACT_BUCKET" --s3-prefix "templates/$ENVIRONMENT" \
    --output-template-file "$packaged" >/dev/null
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
events_of() {
  cfn describe-stack-events --stack-name "$1" --no-paginate --output text --query \
    'reverse(StackEvents[].[EventId,Timestamp,LogicalResourceId,ResourceType,ResourceStatus,PhysicalResourceId,ResourceStatusReason])' |
    while IFS=$'\t' read -r id time rest; do
      [[ "$time" < "$STARTED" ]] || printf '%s\t%s\t%s\n' "$id" "$time" "$rest"
    done
}

declare -A SEEN=()        # ids of the events already printed
declare -A NESTED=()      # nested stacks at work: physical id -> logical id
declare -a FAILURES=()    # one line a failed resource
STATUS=""                 # the root stack's

# Prints the new events of one stack ($1) and keeps its failures; $2 is its path from the root.
follow() {
  local stack="$1" path="$2" events id time resource type status physical reason line
  events="$(events_of "$stack")" || fail "cannot read the events of $stack"
  while IFS=$'\t' read -r id time resource type status physical reason; do
    [[ -n "$id" && -z "${SEEN[$id]:-}" ]] || continue
    SEEN[$id]=1
    [[ "$reason" == "$NONE" ]] && reason=""
    line="$status $path$resource ($type)${reason:+: $reason}"
    say "${time:11:8} $line"
    if [[ "$status" == *_FAILED && "$reason" != *" cancelled" ]]; then
      FAILURES+=("$line")
    fi
    if [[ "$physical" == "$stack" || "$resource" == "$STACK_NAME" ]]; then
      [[ -n "$path" ]] || STATUS="$status"
    elif [[ "$type" == AWS::CloudFormation::Stack && "$physical" == arn:* ]]; then
      case "$status" in
        *_IN_PROGRESS | *_FAILED) NESTED[$physical]="$path$resource/" ;;
        *) unset "NESTED[$physical]" ;;
      esac
    fi
  done <<<"$events"
}

# Follows the stack and the nested stacks at work until the stack has come to rest.
await_stack() {
  local nested
  while true; do
    follow "$STACK_NAME" ""
    for nested in "${!NESTED[@]}"; do
      follow "$nested" "${NESTED[$nested]}"
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
