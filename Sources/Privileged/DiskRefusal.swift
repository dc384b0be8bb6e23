public import Platform

/// What is said of a disk that is not taken: the same by the bootstrap user, who looks first, and by root.
public enum DiskRefusal {
    /// No candidate is there and free; `found` says what speaks against each.
    public static func none(_ found: [String], at place: String) -> Explanation {
        Explanation(
            "no disk is there and free: \(found.joined(separator: "; "))", at: place,
            hint: "lsblk -f; ls -l /dev/disk/by-id: attach it, or name it in its \"candidates\"; \"wait_seconds\" is "
                + "how long it is waited for")
    }

    /// The host had one, and it is gone.
    public static func missing(_ uuid: String, _ found: [String], at place: String) -> Explanation {
        Explanation(
            "the disk that this host had, with the UUID \(uuid), is not among its candidates: "
                + found.joined(separator: "; "), at: place,
            hint: "bring it back, or name where it is in \"candidates\"; for another disk choose another \"name\"")
    }

    /// It holds something else, in these words.
    public static func foreign(_ words: String, _ wanted: DiskFileSystem, at path: String) -> Explanation {
        let word = ShellWord.plain(path)
        return Explanation(
            "\(words), and not \(wanted.rawValue); a disk that holds something is never formatted", at: path,
            hint: "look at it (sudo blkid -p \(word)), and let \"filesystem\" say what it has, or name another disk; "
                + "if nothing on it is needed: sudo wipefs --all \(word) && sudo blkdiscard --zeroout \(word)")
    }
}

extension PrivilegedError {
    static func refused(_ words: Explanation) -> PrivilegedError {
        .refused(what: words.problem, place: words.place ?? "", hint: words.hint)
    }
}
