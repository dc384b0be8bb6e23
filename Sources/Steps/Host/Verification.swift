public import Bundles
import Digests
public import Engine
import HostConfig
import Platform
import Privileged

/// A deep look at a host, by the config in force and the receipt: it changes nothing, and asks no network but, if it is to, the
/// hub for the secrets that it has for the host.
public struct Verification: Sendable {
    private let layout: HostLayout
    private let tally: CheckTally
    private let asksHub: Bool

    /// Takes the paths, and what counts the files.
    public init(_ layout: HostLayout, _ tally: CheckTally, asksHub: Bool = false) {
        self.layout = layout
        self.tally = tally
        self.asksHub = asksHub
    }

    /// How the host differs: first in what was written down of it, then step by step.
    /// - Throws: that there is no config to look by.
    public func run() async throws -> [PlannedStep] {
        let layout = layout
        let (config, receipt, differences) = try await onDisk { () throws(SystemCallError) in
            let (config, receipt) = (try ConfigInForce.read(layout), try Self.receipt(layout))
            return (config, receipt.receipt, try Self.differences(layout, config, receipt))
        }
        let written = PlannedStep("state", changes: differences)
        switch config {
        case .absent(let explanation): throw StepFailure(explanation)
        case .damaged(let explanation):
            return [written, PlannedStep("config", failure: StepFailure(explanation))]
        case .good(let configuration):
            var inspection = InspectionOptions()
            inspection.isOffline = true
            inspection.asksHub = asksHub
            inspection.tally = tally
            let host = try await Host.look(configuration, inspection)
            let found = await Planner(try Steps.graph(for: host), facts: receipt?.facts ?? [:]).verify()
            await host.helper.close()
            return [written] + found
        }
    }

    // MARK: What was written down

    private static func receipt(
        _ layout: HostLayout
    ) throws(SystemCallError) -> (receipt: Receipt?, trouble: String?) {
        guard let status = try FileStatus.of(layout.receipt) else { return (nil, "absent") }
        guard status.kind == .file else { return (nil, "a \(status.kind.rawValue)") }
        let isSealed = Seal.state(of: try Files.read(layout.receipt)) == .whole
        do throws(ReceiptError) {
            let receipt = try ReceiptStore.read(layout.receipt)
            return (receipt, isSealed || receipt.map { $0.schemaVersion < 3 } ?? true ? nil : "without its checksum")
        } catch {
            return (nil, error.explanation.problem)
        }
    }

    private static func differences(
        _ layout: HostLayout, _ config: ConfigInForce, _ receipt: (receipt: Receipt?, trouble: String?)
    ) throws(SystemCallError) -> [Difference] {
        var found: [Difference] = []
        if let trouble = receipt.trouble {
            found.append(Difference(layout.receipt, found: trouble, wanted: "the receipt of the last run"))
        } else if let difference = try placement(layout.receipt) {
            found.append(difference)
        }
        if let receipt = receipt.receipt, case .good(let configuration) = config,
            receipt.configDigest != configuration.digest.hex
        {
            found.append(
                Difference(
                    layout.configInForce, found: "sha256:\(configuration.digest.hex.prefix(12))",
                    wanted: "sha256:\(receipt.configDigest.prefix(12)), as the last run had it"))
        }
        let signature = receipt.receipt?.owned.values.joined().first {
            $0.kind == .file && $0.name == layout.configSignature
        }
        if var signature {
            // The config in force and its signature are this program's, whatever lay there before.
            signature.before = nil
            let wanted = "what the config in force was signed with"
            switch try OwnedState.of(signature) {
            case .gone: found.append(Difference(signature.name, found: "absent", wanted: wanted))
            case .changed(let words): found.append(Difference(signature.name, found: words, wanted: wanted))
            case .ours, .kept: break
            }
        }
        return found
    }

    /// The mode and owner of what only the agent writes: the folder's owner is the bootstrap user.
    private static func placement(_ path: String) throws(SystemCallError) -> Difference? {
        guard let folder = try FileStatus.of(Files.folder(of: path)) else { return nil }
        return try Placement(path: path, kind: .file, mode: 0o644, user: folder.owner).difference()
    }
}
