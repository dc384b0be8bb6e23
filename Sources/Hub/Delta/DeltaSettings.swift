internal import Platform

/// How the delta service works; the environment's names are those of the service that it takes the place of.
struct DeltaSettings: Sendable {
    /// Every workspace lies beneath it.
    let root: String
    /// The collection that is told when a client names none.
    let collection: String
    /// In MiB.
    let mostMegabytes: Int
    let uploadTime: Duration
    /// What is called after an upload: a program, or an address to post to; nil: nothing.
    let hook: String?

    /// `WORK_DIR`, `COLLECTION_NAME`, `MAX_BUNDLE_SIZE_MB`, `UPLOAD_TIMEOUT_SECS`, `DELTA_HOOK`.
    static func ofEnvironment(data: String) throws(HubError) -> DeltaSettings {
        let text = { (name: String) in ProcessStart.environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        let root = text("WORK_DIR") ?? Files.absolute("\(data)/workspaces")
        guard root.hasPrefix("/") || text("WORK_DIR") == nil else {
            throw .badSetting(name: "$WORK_DIR", value: root, expected: "an absolute path")
        }
        return DeltaSettings(
            root: root, collection: text("COLLECTION_NAME") ?? "workspace",
            mostMegabytes: try number("MAX_BUNDLE_SIZE_MB", text("MAX_BUNDLE_SIZE_MB"), 1...16_384) ?? 100,
            uploadTime: .seconds(try number("UPLOAD_TIMEOUT_SECS", text("UPLOAD_TIMEOUT_SECS"), 1...86_400) ?? 300),
            hook: text("DELTA_HOOK"))
    }

    /// The folder that a client's path means, which lies beneath the service's.
    func workspace(_ path: String) throws(DeltaError) -> String {
        let absolute = path.hasPrefix("/") ? path : "\(root)/\(path)"
        let trimmed = absolute.hasSuffix("/") ? String(absolute.dropLast()) : absolute
        guard trimmed.hasPrefix("\(root)/") else {
            throw .refused("the workspace \"\(path)\" lies outside of \(root)")
        }
        let inside = String(trimmed.dropFirst(root.count + 1))
        try DeltaPath.check(inside)
        guard !inside.hasPrefix(".delta") else {
            throw .refused("the workspace \"\(path)\" has a name of the service's own")
        }
        return trimmed
    }

    private static func number(_ name: String, _ text: String?, _ range: ClosedRange<Int>) throws(HubError) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .badSetting(
                name: name, value: text, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
