internal import Glibc
internal import Platform

/// What root does about users and groups, by the tools of the package passwd, which know every file and lock of theirs.
enum Accounts {
    /// Makes what is not there; what is there stays as it is.
    static func make(_ facet: AccountFacet, _ specification: HostUser?) async throws(PrivilegedError) {
        try check(facet)
        if try await isThere(facet) { return }
        switch facet {
        case .group(let group):
            try await run(
                "/usr/sbin/groupadd", (specification?.isSystem == true ? ["--system"] : []) + ["--", group], group)
        case .user(let name):
            guard let specification, specification.name == name else {
                throw .garbled("it asks for a user and does not say which")
            }
            try await add(specification)
        case .member(let user, let group):
            try await run("/usr/sbin/usermod", ["--append", "--groups", group, "--", user], user)
        case .subordinates(let user, let range, let kind):
            try await run(
                "/usr/sbin/usermod", ["--add-\(kind.rawValue)s", "\(range.start)-\(range.end)", "--", user], user)
        case .linger(let user):
            try await run("/usr/bin/loginctl", ["--no-ask-password", "enable-linger", "--", user], user)
        }
    }

    /// Takes what is there; a user's home folder and files stay.
    static func remove(_ facet: AccountFacet) async throws(PrivilegedError) {
        try check(facet)
        guard try await isThere(facet) else { return }
        switch facet {
        case .group(let group): try await run("/usr/sbin/groupdel", ["--", group], group)
        case .user(let user): try await run("/usr/sbin/userdel", ["--", user], user)
        case .member(let user, let group): try await run("/usr/bin/gpasswd", ["--delete", user, group], user)
        case .subordinates(let user, let range, let kind):
            try await run(
                "/usr/sbin/usermod", ["--del-\(kind.rawValue)s", "\(range.start)-\(range.end)", "--", user], user)
        case .linger(let user):
            try await run("/usr/bin/loginctl", ["--no-ask-password", "disable-linger", "--", user], user)
        }
    }

    /// Gives a user another home or shell; nothing is moved.
    static func set(
        _ attribute: HostUser.Attribute, of user: String, to value: String
    ) async throws(PrivilegedError) {
        try check(.user(user))
        try check(path: value, of: user)
        try await run("/usr/sbin/usermod", ["--\(attribute.rawValue)", value, "--", user], user)
    }

    private static func add(_ specification: HostUser) async throws(PrivilegedError) {
        var options: [String] = []
        if specification.isSystem { options.append("--system") }
        if let uid = specification.uid {
            guard uid != 0 else {
                throw .refused(what: "root's number", place: specification.name, hint: "name another \"uid\"")
            }
            options += ["--uid", "\(uid)"]
        }
        for (option, path) in [("--home-dir", specification.home), ("--shell", specification.shell)] {
            guard let path else { continue }
            try check(path: path, of: specification.name)
            options += [option, path]
        }
        if specification.shell == nil {
            options += ["--shell", specification.isSystem ? "/usr/sbin/nologin" : "/bin/bash"]
        }
        options.append(specification.isSystem && specification.home == nil ? "--no-create-home" : "--create-home")
        if specification.hasSubordinates { options += ["--key", "SUB_UID_COUNT=0", "--key", "SUB_GID_COUNT=0"] }
        // A group of the user's own, which may be there already.
        options += try await isThere(.group(specification.name)) ? ["--gid", specification.name] : ["--user-group"]
        try await run("/usr/sbin/useradd", options + ["--", specification.name], specification.name)
    }

    private static func isThere(_ facet: AccountFacet) async throws(PrivilegedError) -> Bool {
        try await asRequest(beneath: []) { () throws(SystemCallError) in try facet.isThere() }
    }

    /// useradd(8): a name that no tool takes for an option or a path; and root is never touched.
    private static func check(_ facet: AccountFacet) throws(PrivilegedError) {
        let names =
            switch facet {
            case .group(let name), .user(let name), .linger(let name), .subordinates(let name, _, _): [name]
            case .member(let user, let group): [user, group]
            }
        for name in names {
            // What it begins with is no digit and no "-".
            let isPlain = name.isAlphanumeric(or: "_-") && !name.prefix(1).isDecimal && !name.hasPrefix("-")
            guard isPlain, (1...31).contains(name.utf8.count) else {
                throw .refused(
                    what: "it is no name of a user or group", place: name, hint: "correct \"users\" in the config")
            }
        }
        if names[0] == "root" {
            throw .refused(what: "root is never changed", place: facet.text, hint: "leave it out of \"users\"")
        }
    }

    private static func check(path: String, of user: String) throws(PrivilegedError) {
        let isPlain =
            path.hasFirstBytes("/") && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
        guard isPlain, path.utf8.count <= 255, !path.parts(at: "/").contains("..") else {
            throw .refused(
                what: "it is no plain path", place: "\(user): \(path)", hint: "correct \"users\" in the config")
        }
    }

    private static func run(_ program: String, _ arguments: [String], _ place: String) async throws(PrivilegedError) {
        var result: CommandResult
        let deadline = ContinuousClock.now + .seconds(10)
        repeat {
            do throws(SystemCallError) {
                result = try await Subprocess.run(Command(program, arguments), timeout: .seconds(60))
            } catch {
                throw .failed(error.explanation)
            }
            if result.succeeded { return }
            // 8: the user has processes (usermod(8), userdel(8)); those of its own units end when it lingers no more.
            guard result.exitCode == 8, !Task.isCancelled else { break }
            try? await Task.sleep(for: .milliseconds(200))
        } while ContinuousClock.now < deadline
        let words = result.errors.byteLines.last.map(String.init) ?? "exit code \(result.exitCode)"
        let isBusy = result.exitCode == 8
        let look = "what it says of \(place): getent passwd '\(place)'; getent group '\(place)'"
        let end =
            "end what runs as it, then run again: sudo loginctl terminate-user '\(place)'; sudo pkill -u '\(place)'"
        throw .failed(Explanation(words, at: place, hint: isBusy ? end : look))
    }
}
