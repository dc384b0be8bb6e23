internal import JSON
internal import Platform

/// What a host told of itself between runs, and when it came.
struct CheckIn: Sendable, Equatable {
    /// As it came, but for what is not asked for.
    struct Content: Sendable, Equatable {
        let state: HostState.Standing
        let message: String
        /// SHA-256 of the config in force in hexadecimal digits, and the agent's version.
        let configDigest: String, agentVersion: String
        /// Seconds within which it checks in again.
        let schedule: Int64
        /// It takes its config from another server than the hub.
        let isElsewhere: Bool
        /// A JSON array of objects with `step`, `what`, `found` and `wanted`.
        let differences: [UInt8]
        /// How many there are; not all of them need be named.
        let differencesInAll: Int64
    }

    let content: Content
    let receivedAt: Timestamp
}

/// A check-in as JSON names it, read once from start to end.
struct WireCheckIn {
    private struct Item {
        var step = "", what = "", found = "", wanted = ""

        var isShort: Bool { [step, what, found, wanted].allSatisfy { $0.utf8.count <= 4096 } }

        var json: JSONValue {
            .object(["step": .string(step), "what": .string(what), "found": .string(found), "wanted": .string(wanted)])
        }
    }

    /// More differences than that are refused; the agent names a hundred.
    private static let mostDifferences = 200

    private var hostID = "", state = "", message = "", configDigest = "", agentVersion = ""
    private var schedule: Int64 = 0, inAll: Int64 = 0
    private var isElsewhere = false
    private var items: [Item] = []

    /// Reads and checks what a host sent.
    static func read(_ body: [UInt8], from host: HostID) throws(Report.Refusal) -> CheckIn.Content {
        var wire = WireCheckIn()
        do throws(JSONError) {
            var reader = JSONReader(body)
            try reader.beginObject()
            while let name = try reader.nextName() { try wire.take(name, &reader) }
            try reader.finish()
        } catch {
            throw Report.Refusal(reason: "the body is no check-in: \(error.explanation.summary)")
        }
        return try wire.checked(host)
    }

    private mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "host_id": hostID = try reader.string()
        case "state": state = try reader.string()
        case "message": message = try reader.string()
        case "config_digest": configDigest = try reader.string()
        case "agent_version": agentVersion = try reader.string()
        case "schedule_seconds": schedule = try reader.integer()
        case "config_source": isElsewhere = try reader.takeNull() ? false : try reader.string() == "elsewhere"
        case "differences_in_all": inAll = try reader.integer()
        case "differences":
            try reader.beginArray()
            while try reader.nextElement() { items.append(try Self.item(&reader)) }
        default: try reader.skip()
        }
    }

    private static func item(_ reader: inout JSONReader) throws(JSONError) -> Item {
        var item = Item()
        try reader.beginObject()
        while let name = try reader.nextName() {
            switch name {
            case "step": item.step = try reader.string()
            case "what": item.what = try reader.string()
            case "found": item.found = try reader.string()
            case "wanted": item.wanted = try reader.string()
            default: try reader.skip()
            }
        }
        return item
    }

    private func checked(_ host: HostID) throws(Report.Refusal) -> CheckIn.Content {
        try Report.Refusal.unless(hostID == host.name, "host_id is not the one in the address")
        let possible: [HostState.Standing] = [.inSync, .drifted, .behind, .degraded, .failed]
        guard let standing = possible.first(where: { $0.rawValue == state }) else {
            throw Report.Refusal(reason: "state is one of \(possible.map(\.rawValue).joined(separator: ", "))")
        }
        try Report.Refusal.unless(message.utf8.count <= WireRules.mostMessageBytes, "message has at most 64 KiB")
        try Report.Refusal.unless(WireRules.isDigest(configDigest), "config_digest is a SHA-256")
        try Report.Refusal.unless(WireRules.isVersion(agentVersion), "agent_version has 1 to 100 characters")
        try Report.Refusal.unless(WireRules.seconds.contains(schedule), "schedule_seconds is from 1 to a month")
        try Report.Refusal.unless(
            items.count <= Self.mostDifferences, "at most \(Self.mostDifferences) differences are named")
        try Report.Refusal.unless(items.allSatisfy(\.isShort), "no text of a difference has more than 4 KiB")
        try Report.Refusal.unless(inAll >= items.count, "differences_in_all is not less than are named")
        return CheckIn.Content(
            state: standing, message: message, configDigest: configDigest, agentVersion: agentVersion,
            schedule: schedule, isElsewhere: isElsewhere, differences: JSONValue.array(items.map(\.json)).encoded(),
            differencesInAll: inAll)
    }
}
