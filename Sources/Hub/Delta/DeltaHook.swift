internal import JSON
internal import Platform
internal import Transfer

/// What is called after an upload, so that something can index what changed; its outcome is told, and changes nothing.
struct DeltaHook: Sendable {
    /// A program's path, or an address.
    let target: String

    private static let patience = Duration.seconds(60)

    func call(_ outcome: DeltaService.Outcome, workspace: String) async -> JSONValue {
        let facts: [String: String] = [
            "workspace_path": workspace, "collection_name": outcome.collection, "bundle_id": outcome.bundleID,
            "sequence_number": "\(outcome.sequence)",
        ]
        if target.contains("://") { return await post(facts) }
        var environment = Command.plainEnvironment
        for (name, value) in facts { environment["DELTA_\(name.uppercased())"] = value }
        do throws(SystemCallError) {
            let result = try await Subprocess.run(
                Command(target, [workspace], environment: environment), timeout: Self.patience)
            return .object([
                "ok": .bool(result.succeeded), "exit_code": .integer(Int64(result.exitCode)),
                "output": .string(String((result.output + result.errors).suffix(2000))),
            ])
        } catch {
            return .object(["ok": .bool(false), "error": .string(error.explanation.summary)])
        }
    }

    private func post(_ facts: [String: String]) async -> JSONValue {
        do throws(TransferError) {
            let url = try SourceURL(target)
            let answer = await Poster(url, token: nil, tls: TLSSettings()).post(
                JSONValue.object(facts.mapValues { .string($0) }).encoded())
            return .object(["ok": .bool((200..<300).contains(answer.status)), "status": .integer(Int64(answer.status))])
        } catch {
            return .object(["ok": .bool(false), "error": .string(error.explanation.summary)])
        }
    }
}
