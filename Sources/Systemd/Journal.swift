internal import Glibc
internal import JSON
import Platform

/// The part of a unit's journal that tells of one start.
public struct JournalSpan: Sendable, Equatable, Codable {
    /// Nothing older is of interest: microseconds since 1970.
    public let since: UInt64
    /// The invocation before, which may still have been ending; empty when there was none.
    public let without: String

    /// From now on.
    static func now(without invocation: String) -> JournalSpan {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return JournalSpan(
            since: UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000, without: invocation)
    }
}

/// What a unit wrote to the journal.
public enum Journal {
    /// The last lines, each with its time and writer; empty when there are none or they may not be read.
    ///
    /// With a span, only what belongs to that start. journalctl(1) reads compressed entries, which the static libsystemd
    /// cannot.
    ///
    /// A user sees its own units' where the journal keeps what users write apart (`Storage=persistent`).
    public static func tail(
        of unit: UnitName, in scope: UnitScope = .system, lines: Int, span: JournalSpan? = nil
    ) async -> String {
        // What a service wrote last may still be on its way; only root may ask for it.
        _ = try? await Subprocess.run(Command("/usr/bin/journalctl", ["--sync"]), timeout: .seconds(10))
        // More than asked for: some may belong to the invocation before.
        let fields =
            "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_COMM,_PID,_SYSTEMD_INVOCATION_ID,INVOCATION_ID,USER_INVOCATION_ID"
        var arguments = [
            scope == .system ? "-u" : "--user-unit", unit.text, "-n", "\(lines * 4)", "--no-pager", "-o", "json",
            fields, "-q",
        ]
        if let span {
            arguments += ["--since", "@\(span.since / 1_000_000).\(padded(span.since % 1_000_000))"]
        }
        let result = try? await Subprocess.run(Command("/usr/bin/journalctl", arguments), timeout: .seconds(20))
        let entries = (result?.output ?? "").split(separator: "\n").compactMap { line in
            try? Entry(json: Array(line.utf8))
        }
        return text(entries.filter { !$0.belongs(to: span?.without ?? "") }.suffix(lines))
    }

    /// What there is to quote of a tail, with who said it: the unit's own last words, or else systemd's reason.
    ///
    /// Nil when there is neither: that a unit failed to start is no reason.
    public static func quotation(of tail: String, in scope: UnitScope = .system) -> String? {
        let words = tail.split(separator: "\n").compactMap { line -> (isOwn: Bool, text: Substring)? in
            // "2026-01-02T03:04:05.678Z writer[7]: text"; a line without a writer goes on with the one before it.
            guard let end = line.firstRange(of: "]: ") else { return nil }
            let writer = line[..<end.lowerBound].parts(at: " ").last ?? ""
            let isSystemd = scope == .system ? writer == "systemd[1" : writer.hasFirstBytes("systemd[")
            return (!isSystemd, line[end.upperBound...])
        }
        let own = words.filter(\.isOwn).map(\.text)
        if let last = own.last {
            let error = own.dropLast().last(where: namesError).map { "; before that: \($0)" } ?? ""
            return "it last wrote: \(last.trimmed)\(error)"
        }
        // The first that tells more than how its job went: the others follow from it.
        let reason = words.first { !isCourse($0.text) }
        return reason.map { "systemd says: \($0.text)" }
    }

    /// A runtime's word for what ended a program, such as `TypeError: …` or `Error [ERR_X]: …`; where in the code that was stands
    /// below it.
    private static func namesError(_ text: Substring) -> Bool {
        let first = text.parts(at: " ", maxSplits: 1)[0]
        let bare = first.utf8.last == UInt8(ascii: ":") ? Substring(first.utf8.dropLast()) : first
        return ["Error", "Exception"].contains { bare.hasLastBytes($0) } || first == "panic:"
    }

    /// How a unit's job went, in the words of systemd's job.c, unit.c and service.c: no reason for anything.
    private static func isCourse(_ text: Substring) -> Bool {
        let heads = [
            "Starting ", "Started ", "Stopping ", "Stopped ", "Finished ", "Failed to start ", "Failed to listen on ",
            "Failed to mount ", "Listening on ", "Closed ", "Mounting ", "Mounted ", "Dependency failed for ",
            "Assertion failed for ", "Condition check resulted in ",
        ]
        let parts = [
            ": Failed with result ", ": Deactivated successfully", ": Consumed ", ": Scheduled restart job",
            " timed out. ",
            " was skipped because ", " skipped, unmet condition check ", ": Starting requested but asserts failed",
            " failed with result 'dependency'",
        ]
        return heads.contains { text.hasPrefix($0) } || parts.contains { text.contains($0) }
    }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    static func text(_ entries: some Sequence<Entry>) -> String {
        entries.map { entry in
            let words = entry.message.split(separator: "\n").joined(separator: "\n    ")
            return "\(entry.time.rfc3339) \(entry.writer)[\(entry.process)]: \(words)\n"
        }.joined()
    }

    /// One entry, as `journalctl -o json` prints it.
    struct Entry: Decodable {
        let time: Timestamp
        let writer: String, process: String, message: String
        /// Of the process that wrote it, and of the unit that systemd wrote it about.
        private let invocations: [String]

        func belongs(to invocation: String) -> Bool { !invocation.isEmpty && invocations.contains(invocation) }

        enum CodingKeys: String, CodingKey {
            case time = "__REALTIME_TIMESTAMP"
            case message = "MESSAGE"
            case identifier = "SYSLOG_IDENTIFIER"
            case command = "_COMM"
            case process = "_PID"
            case own = "_SYSTEMD_INVOCATION_ID"
            case about = "INVOCATION_ID"
            case aboutUsers = "USER_INVOCATION_ID"
        }

        init(from decoder: any Decoder) throws {
            let entry = try decoder.container(keyedBy: CodingKeys.self)
            time = Timestamp(milliseconds: (Int64(try entry.decode(String.self, forKey: .time)) ?? 0) / 1000)
            let names = [CodingKeys.identifier, .command].compactMap { try? entry.decode(String.self, forKey: $0) }
            writer = names.first ?? "?"
            process = (try? entry.decode(String.self, forKey: .process)) ?? "?"
            invocations = [CodingKeys.own, .about, .aboutUsers].compactMap {
                try? entry.decode(String.self, forKey: $0)
            }
            // A message that is no printable UTF-8 comes as its bytes.
            message =
                (try? entry.decode(String.self, forKey: .message))
                ?? (try? entry.decode([UInt8].self, forKey: .message)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }
}
