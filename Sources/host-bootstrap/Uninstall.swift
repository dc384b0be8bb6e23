import Engine
import Platform
import Privileged
import Steps

/// `host-bootstrap uninstall`: take away what the receipt says is this host's.
enum Uninstall {
    static func run(_ options: CommandLineOptions) async -> ExitCode {
        // A receipt is the bootstrap user's to write: root would remove whatever it names.
        guard Account.currentUser != 0 else {
            Output.explain(
                Explanation(
                    "root takes nothing away by what another user wrote", at: "uninstall",
                    hint: "run it as the bootstrap user: sudo -u USER host-bootstrap uninstall --root DIR"))
            return .failed
        }
        guard let (receipt, layout) = LastRun.receiptToActOn(options) else { return .failed }
        do {
            var settings = Uninstallation.Options()
            settings.isDry = options.has("--dry-run")
            settings.takesPackages = options.has("--packages")
            settings.purgesData = options.has("--purge-data")
            let number = "\(Account.currentUser)"
            guard let account = try await Account.lookUp(number) else {
                Output.explain(.noUser(number))
                return .failed
            }
            let helper = PrivilegedHelper(executable: try ProcessStart.executable())
            let chosen = settings
            let make = { @Sendable (receipt: Receipt) in
                await onOwnThread { () throws(Never) in
                    Uninstallation(receipt, layout, chosen, helper: helper, account: account)
                }
            }
            if settings.isDry { return await show(await make(receipt), options) }
            let lock = try await RunLock.acquire(layout.lock, wait: .zero, runID: "uninstall")
            // Who had the lock until now may have written another.
            let current = try await onOwnThread { () throws(ReceiptError) in try layout.readReceipt() }
            let code = await show(await make(current ?? receipt), options)
            _ = consume lock
            return code
        } catch let error as RunLockError {
            Output.explain(error.explanation(root: layout.root))
            if case .held = error { return .locked }
        } catch let error as any Explained {
            Output.explain(error.explanation)
        } catch {
            Output.explain(.unexpected(error))
        }
        return .failed
    }

    private static func show(_ uninstallation: Uninstallation, _ options: CommandLineOptions) async -> ExitCode {
        let isDry = options.has("--dry-run"), isJSON = options.has("--json")
        let lines = await uninstallation.run { if !isJSON { _ = Output.print(text($0, isDry)) } }
        let count = { (fate: Uninstallation.Line.Fate) in lines.count { $0.fate == fate } }
        let code: ExitCode = count(.failed) == 0 ? .done : .failed
        if isJSON { return Output.json(lines, code) }
        let words = isDry ? "would be removed" : "removed"
        let failed = count(.failed) == 0 ? "" : ", \(count(.failed)) failed: mend that, and run it again"
        return Output.print("\(count(.removed)) \(words), \(count(.kept)) kept\(failed)\n", code)
    }

    private static func text(_ line: Uninstallation.Line, _ isDry: Bool) -> String {
        let verb = line.fate == .removed && isDry ? "would remove" : line.fate.rawValue
        let why = line.why.map { ": \($0)" } ?? "", hint = line.hint.map { "\n    hint: \($0)" } ?? ""
        return "\(verb) \(line.kind) \(line.name)\(why)\(hint)\n"
    }
}
