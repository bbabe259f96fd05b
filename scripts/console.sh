# Sourced by the scripts beside it: how they speak to a person.
# Colour only where somebody looks at it: a terminal, and no NO_COLOR in the environment.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the colours are used by the scripts that source this file

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' yellow='' plain=''
fi

say() { printf '%s\n' "${bold}==>${plain} $*"; }
warn() { printf '%s\n' "${yellow}==> $*${plain}" >&2; }
die() {
  printf '%s\n' "${red}==> $*${plain}" >&2
  exit 1
}
