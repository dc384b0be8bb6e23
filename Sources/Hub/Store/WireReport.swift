internal import Digests
internal import JSON

/// A report as JSON names it, read once from start to end.
struct WireReport {
    private struct Step {
        var id = "", status = ""
        var milliseconds: Int64?
    }

    private var hostID: String?, runID: String?
    private var sequence: Int64?, percent: Int64?
    private var status: Report.Status?
    private var phase = "", message = ""
    private var steps: [Step] = []
    private var events = ReportedEvents()
    private var configDigest: String?, agentVersion: String?
    private var heartbeat: Int64?, schedule: Int64?
    private var isElsewhere = false

    static func read(_ body: [UInt8]) throws(JSONError) -> WireReport {
        var wire = WireReport()
        var reader = JSONReader(body)
        try reader.beginObject()
        while let name = try reader.nextName() { try wire.take(name, &reader) }
        let needed: [(name: String, isThere: Bool)] = [
            ("host_id", wire.hostID != nil), ("run_id", wire.runID != nil), ("sequence", wire.sequence != nil),
            ("percent", wire.percent != nil), ("status", wire.status != nil),
        ]
        for (name, isThere) in needed where !isThere { throw reader.mismatch(.missing, of: name) }
        try reader.finish()
        return wire
    }

    private mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "host_id": hostID = try reader.string()
        case "run_id": runID = try reader.string()
        case "sequence": sequence = try reader.integer()
        case "percent": percent = try reader.integer()
        case "status":
            status = Report.Status(rawValue: try reader.string())
            if status == nil { throw reader.mismatch(.invalid) }
        case "phase": phase = try reader.takeNull() ? "" : try reader.string()
        case "message": message = try reader.takeNull() ? "" : try reader.string()
        case "steps" where try !reader.takeNull():
            try reader.beginArray()
            while try reader.nextElement() { steps.append(try Self.step(&reader)) }
        case "events" where try !reader.takeNull():
            try reader.beginArray()
            while try reader.nextElement() { try events.take(&reader) }
        case "steps", "events": break
        case "config_digest": configDigest = try reader.takeNull() ? nil : try reader.string()
        case "agent_version": agentVersion = try reader.takeNull() ? nil : try reader.string()
        case "heartbeat_seconds": heartbeat = try reader.takeNull() ? nil : try reader.integer()
        case "schedule_seconds": schedule = try reader.takeNull() ? nil : try reader.integer()
        case "config_source": isElsewhere = try reader.takeNull() ? false : try reader.string() == "elsewhere"
        default: try reader.skip()
        }
    }

    private static func step(_ reader: inout JSONReader) throws(JSONError) -> Step {
        var step = Step()
        var isComplete = (id: false, status: false)
        try reader.beginObject()
        while let name = try reader.nextName() {
            switch name {
            case "id": (step.id, isComplete.id) = (try reader.string(), true)
            case "status": (step.status, isComplete.status) = (try reader.string(), true)
            case "duration_ms": step.milliseconds = try reader.takeNull() ? nil : try reader.integer()
            default: try reader.skip()
            }
        }
        guard isComplete.id else { throw reader.mismatch(.missing, of: "id") }
        guard isComplete.status else { throw reader.mismatch(.missing, of: "status") }
        return step
    }

    // MARK: Rules

    func checked(host: HostID) throws(Report.Refusal) -> Report {
        guard let hostID, let runID, let sequence, let percent, let status else {
            throw Report.Refusal(reason: "the body is no JSON report")
        }
        try Report.Refusal.unless(hostID == host.name, "host_id is not the one in the address")
        try Report.Refusal.unless(
            WireRules.isName(runID, 200), "run_id has 1 to 200 characters, none of them a control character")
        try Report.Refusal.unless((0...1_000_000_000).contains(sequence), "sequence is 0 to 1000000000")
        try Report.Refusal.unless((0...100).contains(percent), "percent is 0 to 100")
        try Report.Refusal.unless(phase.utf8.count <= 100, "phase has at most 100 bytes")
        try Report.Refusal.unless(message.utf8.count <= WireRules.mostMessageBytes, "message has at most 64 KiB")
        try Report.Refusal.unless(steps.count <= 1000, "there are at most 1000 steps")
        for step in steps {
            try Report.Refusal.unless(
                WireRules.isName(step.id, 200), "a step's id has 1 to 200 characters, none of them a control character")
            try Report.Refusal.unless(WireRules.isName(step.status, 50), "a step's status has 1 to 50 characters")
            try Report.Refusal.unless(step.milliseconds ?? 0 >= 0, "duration_ms is not negative")
        }
        let run = Report.Run(
            configDigest: configDigest, agentVersion: agentVersion, heartbeat: heartbeat, schedule: schedule,
            isElsewhere: isElsewhere)
        if let wrong = run.mistake { throw Report.Refusal(reason: wrong) }
        var report = Report(
            hostID: hostID, runID: runID, sequence: sequence, phase: phase, percent: percent, status: status,
            message: message, steps: written(steps), events: events.written, firstTime: events.firstTime,
            failure: events.failure)
        if run.isTold { report.run = run }
        return report
    }

    private func written(_ steps: [Step]) -> [UInt8] {
        var text: [UInt8] = []
        for step in steps {
            text += text.isEmpty ? "[{".utf8 : ",{".utf8
            if let milliseconds = step.milliseconds { text += "\"duration_ms\":\(milliseconds),".utf8 }
            text += "\"id\":".utf8
            JSONText.append(step.id, to: &text)
            text += ",\"status\":".utf8
            JSONText.append(step.status, to: &text)
            text.append(UInt8(ascii: "}"))
        }
        return steps.isEmpty ? Array("[]".utf8) : text + [UInt8(ascii: "]")]
    }
}

/// What texts and numbers may be that a host sends.
enum WireRules {
    static let mostMessageBytes = 65536
    /// Of an interval that a host names, up to a month.
    static let seconds: ClosedRange<Int64> = 1...2_678_400

    static func isName(_ text: String, _ most: Int) -> Bool {
        !text.isEmpty && text.utf8.count <= most && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }

    static func isVersion(_ text: String) -> Bool { isName(text, 100) }

    /// A SHA-256 as this program writes it.
    static func isDigest(_ text: String) -> Bool {
        Digest(hex: text).map { $0.algorithm == .sha256 && $0.hex == text } ?? false
    }
}

extension Report.Run {
    /// Something of it is said.
    fileprivate var isTold: Bool {
        configDigest != nil || agentVersion != nil || heartbeat != nil || schedule != nil
    }

    /// What is wrong with it; nil when nothing is.
    fileprivate var mistake: String? {
        if let configDigest, !WireRules.isDigest(configDigest) { return "config_digest is a SHA-256" }
        if let agentVersion, !WireRules.isVersion(agentVersion) { return "agent_version has 1 to 100 characters" }
        let range = WireRules.seconds
        if let heartbeat, !range.contains(heartbeat) { return "heartbeat_seconds is from 1 to a month" }
        if let schedule, !range.contains(schedule) { return "schedule_seconds is from 1 to a month" }
        return nil
    }
}

/// The events of a report, copied as they are written, and what the hub itself wants to know of them.
struct ReportedEvents {
    private var text = [UInt8(ascii: "[")]
    /// When the first one was, as it says.
    private(set) var firstTime: String?
    /// What the last failed step told.
    private(set) var failure: Report.Failure?

    /// A JSON array.
    var written: [UInt8] { text + [UInt8(ascii: "]")] }

    /// Reads one more.
    mutating func take(_ reader: inout JSONReader) throws(JSONError) {
        let isFirst = text.count == 1
        if !isFirst { text.append(UInt8(ascii: ",")) }
        var kind: String?, error: String??, hint: String?
        var separator = UInt8(ascii: "{")
        try reader.beginObject()
        while let name = try reader.nextName() {
            text.append(separator)
            separator = UInt8(ascii: ",")
            JSONText.append(name, to: &text)
            text.append(UInt8(ascii: ":"))
            switch name {
            case "event": kind = try reader.copyString(to: &text)
            case "error": error = .some(try reader.copyString(to: &text))
            case "hint": hint = try reader.copyString(to: &text)
            case "time" where isFirst: firstTime = try reader.copyString(to: &text)
            default: try reader.copy(to: &text)
            }
        }
        if separator == UInt8(ascii: "{") { text.append(separator) }
        text.append(UInt8(ascii: "}"))
        if kind == "step_failed" || kind == "run_finished" && error != nil {
            failure = Report.Failure(error: (error ?? "") ?? "", hint: hint ?? "")
        }
    }
}
