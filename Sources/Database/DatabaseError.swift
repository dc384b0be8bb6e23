internal import CSQLite
public import Platform

/// What can go wrong with a database.
public enum DatabaseError: Explained, Equatable {
    /// It cannot be opened or made.
    case cannotOpen(path: String, reason: String)
    /// Another process held it for longer than the busy time-out.
    case busy(path: String)
    /// The disk is full.
    case full(path: String)
    /// The file is damaged, or not a database at all.
    case damaged(path: String, reason: String)
    /// Who wrote it last was cut off, and the one who asked may only read; opened for writing it is whole again.
    case cutOff(path: String)
    /// A newer version of the program wrote it.
    case tooNew(path: String, version: Int64, known: Int64)
    /// A statement failed; `code` is SQLite's extended result code.
    case failed(path: String, code: Int32, reason: String)
    /// The server cannot be reached, lets nobody in, or went away.
    case unreachable(server: String, reason: String)
    /// The server refused a statement; `state` is its SQLSTATE code.
    case refused(server: String, state: String, reason: String)
    /// A column holds another type than the one asked for.
    case unexpectedValue(column: Int, wanted: String)

    /// Problem, place and hint.
    public var explanation: Explanation {
        switch self {
        case .cannotOpen(let path, let reason):
            Explanation(
                "cannot open the database: \(reason)", at: path,
                hint: "check the folder's owner and mode (namei -l \(ShellWord.plain(path)))")
        case .busy(let path):
            Explanation(
                "another process keeps the database locked", at: path,
                hint: "see who holds it: sudo fuser -v \(ShellWord.plain(path)) (of the package psmisc); then try again"
            )
        case .full(let path):
            Explanation(
                "the disk is full", at: path,
                hint: "free space on that file system (df -h \(ShellWord.plain(path))), then try again")
        case .damaged(let path, let reason):
            Explanation(
                "the database is damaged: \(reason)", at: path,
                hint:
                    "stop the program that it belongs to, and put the last backup there (the hub's: what bootstrap-hub backup wrote)"
            )
        case .cutOff(let path):
            Explanation(
                "was not closed cleanly, and a read-only user cannot recover it", at: path,
                hint: "run again, or start the program that it belongs to")
        case .tooNew(let path, let version, let known):
            Explanation(
                "the database has format \(version), this program knows up to \(known)", at: path,
                hint: "run the newer program that wrote it, or restore a backup made by this one")
        case .failed(let path, let code, let reason):
            Explanation(
                "the database refused: \(reason) (code \(code))", at: path, hint: Self.hint(code, path))
        case .unreachable(let server, let reason):
            Explanation(
                "the database's server does not answer: \(reason)", at: server,
                hint: "check that it runs and lets this machine in: psql \(ShellWord.plain(server))")
        case .refused(let server, let state, let reason):
            Explanation(
                "the database refused: \(reason) (SQLSTATE \(state))", at: server,
                hint: "see the server's log, and what the role may do there")
        case .unexpectedValue(let column, let wanted):
            Explanation(
                "column \(column) of an answer is no \(wanted)",
                hint: "it was changed by hand, or by another program: stop what uses it, and restore a backup")
        }
    }

    /// What is to be done depends on what an extended code is of (https://sqlite.org/rescode.html).
    private static func hint(_ code: Int32, _ path: String) -> String {
        switch code & 0xff {
        case SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_AUTH, SQLITE_TOOBIG, SQLITE_RANGE:
            "correct the bundle's script, nothing that it did was kept; if it is the hub's own database, report this as a fault"
        case SQLITE_INTERRUPT, SQLITE_ABORT: "run again; nothing that was begun was kept"
        case SQLITE_READONLY, SQLITE_PERM:
            "check the owner and mode of file and folder (namei -l \(ShellWord.plain(path)))"
        case SQLITE_NOMEM: "see what takes the memory of this machine (free -m), then try again"
        default: "check the disk: sudo dmesg; df -h \(ShellWord.plain(path)); then try again"
        }
    }
}
