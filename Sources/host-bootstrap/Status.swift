import Bundles
import Confinement
import Engine
import HostConfig
import JSON
import Platform
import Reporting
import Steps

/// The receipt that `--root` names, for the commands that only read it.
enum LastRun {
    /// The paths below the root; the config in force may say that the agent's own folder is elsewhere.
    ///
    /// Without `--root` it is the usual one, or if nothing ran there the one beneath which this user provisioned the host.
    static func layout(_ options: CommandLineOptions) -> HostLayout { layout(root: options.last("--root")) }

    /// The same for a root that is named elsewhere, or not at all.
    static func layout(root: String?) -> HostLayout {
        if let root { return layout(Files.absolute(root)) }
        let usual = layout(usualRoot)
        if ((try? FileStatus.of(usual.receipt)) ?? nil) != nil { return usual }
        let known = known
        return known.count == 1 ? known[0] : usual
    }

    private static func layout(_ root: String) -> HostLayout {
        let usual = HostLayout(root: root, bootstrap: "\(root)/bootstrap")
        guard let bytes = (try? Files.readIfPresent(usual.configInForce)) ?? nil,
            case .success(let configuration) = HostConfiguration.load(bytes, file: usual.configInForce)
        else { return usual }
        return HostLayout(root: root, bootstrap: configuration.bootstrapDirectory)
    }

    private static var home: String { ProcessStart.environment("HOME") ?? "/" }
    private static var usualRoot: String { "\(home)/cocalc-host" }
    private static var known: [HostLayout] { (try? HostLayout.known(home: home)) ?? [] }

    static func receipt(_ options: CommandLineOptions) -> (receipt: Receipt, layout: HostLayout)? {
        receipt(in: layout(options))
    }

    /// The same for a command that changes the host: the usual root or one that is named, and none that is found.
    static func receiptToActOn(_ options: CommandLineOptions) -> (receipt: Receipt, layout: HostLayout)? {
        receipt(in: layout(options.last("--root").map(Files.absolute) ?? usualRoot))
    }

    private static func receipt(in layout: HostLayout) -> (receipt: Receipt, layout: HostLayout)? {
        do throws(ReceiptError) {
            if let receipt = try layout.readReceipt() { return (receipt, layout) }
            let roots = known.map { "--root \(ShellWord.plain($0.root))" }.joined(separator: " or ")
            Output.explain(
                Explanation(
                    "there is no receipt: nothing ran here", at: layout.receipt,
                    hint: roots.isEmpty
                        ? "name the config's bootstrap_root: --root DIR; or begin: host-bootstrap apply --config FILE"
                        : "this user provisioned the host elsewhere: \(roots)"))
        } catch {
            Output.explain(error.explanation)
        }
        return nil
    }
}

/// `host-bootstrap status`: what the last run did, what is installed now.
enum Status {
    static func run(_ options: CommandLineOptions) -> ExitCode {
        guard let (receipt, layout) = LastRun.receipt(options) else { return .failed }
        let store = BundleStore(root: layout.bundles, places: receipt.bundleRoots)
        let installed = installedBundles(store, layout, receipt)
        let pins = installed.keys.reduce(into: [:]) { $0[$1] = store.pin($1) }
        let holder = RunLock.currentHolder(layout.lock)
        let look = lastLook(layout).flatMap { $0.time > receipt.startedAt ? $0 : nil }
        if options.has("--json") {
            return Output.json(
                StatusReport(
                    receipt: receipt, bundles: installed, rolledBack: pins, runningNow: holder.map(\.description),
                    lastLook: look, confinement: KernelSupport.words()))
        }
        return Output.print(text(receipt, installed, pins, holder, look))
    }

    /// What the host found when it looked at itself last; nil when it does not.
    private static func lastLook(_ layout: HostLayout) -> CheckIn? {
        ((try? Files.readIfPresent(layout.lastLook)) ?? nil).flatMap { try? CheckIn(json: $0) }
    }

    private static func text(
        _ receipt: Receipt, _ installed: [String: String], _ pins: [String: BundleStore.Pin],
        _ holder: RunLock.Holder?, _ look: CheckIn?
    ) -> String {
        // A receipt that still says so when nobody holds the lock is of a run that was killed.
        let word = { (status: Receipt.Status) in status == .running && holder == nil ? "cut off" : status.rawValue }
        var lines = [
            "host      \(receipt.hostID)", "run       \(receipt.runID), begun \(receipt.startedAt.rfc3339)",
            "ended     \(receipt.finishedAt?.rfc3339 ?? (holder == nil ? "not: it was cut off" : "not yet"))",
            "status    \(word(receipt.status))", "config    sha256:\(receipt.configDigest)",
        ]
        if let way = receipt.wayToRoot { lines.append("rights    \(way)") }
        lines.append("confined  \(KernelSupport.words()), for unpacking and for root's helper")
        if let holder { lines.append("running   \(holder)") }
        if let look { lines.append("looked    \(look.state.rawValue): \(look.message), on \(look.time.rfc3339)") }
        // What a step lacks stands beside the step.
        for lacking in receipt.shortcomings ?? [] where receipt.steps[lacking.what] == nil {
            lines += ["lacking   \(lacking.what): \(lacking.error)", "          hint: \(lacking.hint)"]
        }
        lines += installed.sorted { $0.key < $1.key }.map { name, version in
            let pin = pins[name].map { ", instead of \($0.insteadOf), \(Self.reason($0))" } ?? ""
            return "bundle    \(name) \(version)\(pin)"
        }
        for (name, entry) in Receipt.inOrder(receipt.lastRun) {
            let time = entry.durationMilliseconds.map { " \(EventLines.seconds($0))" } ?? ""
            lines.append(
                "\(word(entry.status).padded(toWidth: 9)) \(time.isEmpty ? name : name.padded(toWidth: 24))\(time)")
            lines += (entry.warnings ?? []).map { "          warning: \($0)" }
            let label = entry.status == .degraded ? "lacking" : "error"
            if let error = entry.error { lines.append("          \(label): \(error)") }
            if let hint = entry.hint { lines.append("          hint: \(hint)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func reason(_ pin: BundleStore.Pin) -> String {
        pin.reason.map { "which was not healthy on \(pin.since): \($0)" } ?? "rolled back on \(pin.since)"
    }

    /// What the links point at now, if it is there, whatever the receipt says.
    static func installedBundles(
        _ store: BundleStore, _ layout: HostLayout, _ receipt: Receipt?
    ) -> [String: String] {
        let names = ((try? Folders.names(in: layout.bundles)) ?? []) + (receipt?.bundleRoots.keys.sorted() ?? [])
        return names.reduce(into: [:]) { found, name in
            let link = store.currentLink(name)
            guard ((try? FileStatus.of(link, followingLink: true)) ?? nil) != nil else { return }
            found[name] = ((try? Files.linkTarget(link)) ?? nil).map(Files.name(of:))
        }
    }
}

private struct StatusReport: Encodable {
    let receipt: Receipt
    let bundles: [String: String]
    let rolledBack: [String: BundleStore.Pin]
    let runningNow: String?
    let lastLook: CheckIn?
    let confinement: String

    enum CodingKeys: String, CodingKey {
        case receipt, bundles, confinement
        case lastLook = "last_look"
        case rolledBack = "rolled_back"
        case runningNow = "running_now"
    }
}
