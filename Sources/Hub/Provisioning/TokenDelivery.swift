internal import Platform

/// The part of a script that writes a host's token where its agent and its stub look for it.
///
/// It needs `$user`. What the user may write is written as the user, so that no link of theirs leads root astray; the
/// token is in no process list, since it goes by standard input from a command that the shell has built in.
struct TokenDelivery {
    /// Absolute, or below the user's home with `~/`.
    let file: String
    let token: BearerToken

    /// What prints the token, to stand before ``script``.
    var source: String { "token() { echo \(ShellWord.quoted(token.text)); }" }

    var script: String {
        """
        home=$(getent passwd "$user" | cut -d: -f6)
        file=\(ShellWord.quoted(file))
        case "$file" in "~/"*) file="$home/${file#"~/"}" ;; esac
        folder=$(dirname "$file")
        as_them() { if [ "$(id -u)" = 0 ]; then runuser -u "$user" -- "$@"; else "$@"; fi; }
        # Where the user cannot lead root elsewhere: no link, and root's all the way up.
        of_root() {
            [ "$(readlink -f "$1")" = "$1" ] && [ "$(stat -c %u "$1")" = 0 ] || return 1
            [ "$1" = / ] || of_root "$(dirname "$1")"
        }
        [ -d "$folder" ] || as_them mkdir -p "$folder" 2>/dev/null || mkdir -p "$folder" || exit 1
        if as_them test -w "$folder"; then
            token | as_them sh -c 'umask 077; cat >"$1.$$" && mv -fT "$1.$$" "$1"' sh "$file" || exit 1
        elif [ "$(id -u)" = 0 ] && of_root "$folder"; then
            new=$(mktemp "$folder/.hub-token.XXXXXX") || exit 1
            token >"$new" && chown "$user:" "$new" && mv -fT "$new" "$file" || exit 1
        else
            echo "bootstrap: $user may not write into $folder, and it is not root's alone" >&2
            exit 1
        fi
        """
    }
}
