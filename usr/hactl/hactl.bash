# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of hactl in bash: commands, options and settings as `hactl help` has them.

_hactl_candidates()
{
	hactl help 2>/dev/null | awk -v typed="$*" '
		# What its words are, up to the first that stands for something, is the name of a command.
		/^hactl / {
			name = ""
			for (i = 2; i <= NF && $i ~ /^[a-z][a-z0-9-]*$/; i++)
				name = name $i " "
			if (index(name, typed) == 1 && name != typed) {
				split(substr(name, length(typed) + 1), next_words, " ")
				print next_words[1]
			} else if (index(typed, name) == 1) {
				while (match($0, /--[a-z][a-z0-9-]*/)) {
					print substr($0, RSTART, RLENGTH)
					$0 = substr($0, RSTART + RLENGTH)
				}
				settings = settings || /--SETTING/
			}
		}
		/^Settings/ { listed = settings }
		listed && /^  --[a-z]/ { print $1 }
	' | sort -u
}

_hactl()
{
	local word=${COMP_WORDS[COMP_CWORD]} typed=''

	[ "$COMP_CWORD" -le 1 ] || printf -v typed '%s ' "${COMP_WORDS[@]:1:COMP_CWORD-1}"
	mapfile -t COMPREPLY < <(compgen -W "$(_hactl_candidates "$typed")" -- "$word")
}

# Files and directories where there is nothing else.
complete -o default -F _hactl hactl
