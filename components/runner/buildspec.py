"""What a build of the runner does: install the command that the stack was deployed with, and run it."""

from __future__ import annotations

# What says what a build is to do: `release` with these arguments, and under which name its reports are kept.
ARGUMENTS, KEEP_AS = "RELEASE", "KEEP_AS"
KEPT = "kept"  # the folder of what is kept
NOT_YET = 5  # an exit code of `release run`: what must wait is no failure, and is carried on by the next event or sweep
DEV_OUTPUTS = "dev.json"  # the file of dev's outputs, which prod's gate reads

# Split into words by the shell, and nothing else: whoever starts a build says what runs anyway.
BUILDSPEC = f"""\
version: 0.2
phases:
  install:
    runtime-versions:
      python: "3.12"
    commands:
      - for key in "$WHEEL" "$LOCK" "$OUTPUTS"; do aws s3 cp --only-show-errors "s3://$RECORDS/$key" .; done
      - |
        sha256sum --check --quiet <<SUMS
        $WHEEL_SHA256  $(basename "$WHEEL")
        $LOCK_SHA256  $(basename "$LOCK")
        $OUTPUTS_SHA256  $(basename "$OUTPUTS")
        SUMS
      - test -z "$DEV" || aws s3 cp --only-show-errors "s3://$DEV" {DEV_OUTPUTS} || echo no dev
      - pip install --quiet --no-compile --require-hashes -r "$(basename "$LOCK")"
      - pip install --quiet --no-compile --no-index --no-deps --force-reinstall "$(basename "$WHEEL")"
  build:
    commands:
      - mkdir {KEPT}
      - release ${ARGUMENTS} --outputs "$(basename "$OUTPUTS")" || [ $? -eq {NOT_YET} ]
    finally:
      - |
        if [ -n "$(ls {KEPT})" ]; then
          place="$RUNS${KEEP_AS}/$(basename "$CODEBUILD_LOG_PATH")"
          aws s3 cp --only-show-errors --recursive {KEPT} "s3://$RECORDS/$place" && echo "kept in s3://$RECORDS/$place"
        fi
"""
