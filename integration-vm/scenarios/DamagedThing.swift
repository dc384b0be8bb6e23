/// One thing that the agent made on a host, and what is to become of it when it is damaged.
struct DamagedThing: Sendable {
    /// What can happen to it.
    enum Damage: String, CaseIterable, Sendable {
        case deleted, truncated, flipped, mode, owner, folder, link, fifo
    }

    /// What is promised.
    enum Answer: Sendable {
        /// `status --verify` names it, `apply` repairs it, the next `apply` changes nothing.
        case repaired
        /// The same, but for that nobody needs to be told: it holds nothing that counts.
        case renewed
        /// `status --verify` names it, and `apply` says by which command root mends it.
        case refused
    }

    enum Kind: Sendable { case file, folder, link }

    let path: String
    var kind = Kind.file
    /// What `status --verify` says of it; its path when nil.
    var called: String?
    /// A program that runs, which the kernel lets nobody write to: a copy takes its place first.
    var runs = false
    /// What counts as damage; all that can happen to its kind when nil.
    var harms: [Damage]?
    /// Where the answer is not that it is repaired.
    var answers: [Damage: Answer] = [:]

    /// What can happen to a thing of its kind.
    var damages: [Damage] {
        if let harms { return harms }
        return switch kind {
        case .file: Damage.allCases
        // A folder can be cut off in no other way than by what takes its place.
        case .folder: [.deleted, .mode, .owner, .link, .fifo]
        case .link: [.deleted, .flipped, .owner, .folder, .link, .fifo]
        }
    }

    func answer(to damage: Damage) -> Answer {
        // Whose a folder is only root could change, and it would do so for whoever takes the folder's place.
        if let answer = answers[damage] { return answer }
        return kind == .folder && damage == .owner ? .refused : .repaired
    }

    /// A line of shell, for root, that does it; sizes and times are kept where they can be.
    func line(for damage: Damage) -> String {
        let copy = runs && [.truncated, .flipped].contains(damage)
        return (copy ? "cp -p '\(path)' /run/copy; mv /run/copy '\(path)'; " : "") + change(damage)
    }

    /// A line of shell that takes back what a run leaves as it is.
    func restoring(_ damage: Damage) -> String {
        let owner = path.hasPrefix("/home/") ? "ops" : "root"
        return switch damage {
        // What was refused was given back by hand already.
        case .owner where answer(to: damage) == .refused: ":"
        case .owner: "chown -h \(owner) '\(path)'"
        case .link where kind != .link:
            "if [ -L '\(path)' ]; then rm '\(path)'; mv '\(path).elsewhere' '\(path)'; fi"
        default: ":"
        }
    }

    private func change(_ damage: Damage) -> String {
        let elsewhere = "\(path).elsewhere"
        return switch damage {
        case .deleted: "rm -rf '\(path)'"
        case .truncated: ": >'\(path)'"
        case .flipped where kind == .link: "ln -sfn \"$(readlink '\(path)')x\" '\(path)'"
        case .flipped:
            """
            cp -p '\(path)' /run/kept; at=$(($(stat -c %s '\(path)') / 2))
            byte=$(od -An -tu1 -j $at -N 1 '\(path)')
            printf "\\\\$(printf %03o $((byte ^ 1)))" | dd of='\(path)' bs=1 seek=$at conv=notrunc 2>/dev/null
            touch -r /run/kept '\(path)'
            """
        case .mode: "chmod $(printf %o $((0$(stat -c %a '\(path)') ^ 010))) '\(path)'"
        case .owner: "chown -h daemon '\(path)'"
        case .folder: "rm -rf '\(path)'; install -d -o ops '\(path)'"
        case .link: "mv '\(path)' '\(elsewhere)'; ln -s '\(elsewhere)' '\(path)'; chown -h ops '\(path)'"
        case .fifo: "rm -rf '\(path)'; mkfifo -m 644 '\(path)'; chown ops '\(path)'"
        }
    }
}

extension DamagedThing {
    /// What a run with the scenarios' usual config makes.
    static let all: [DamagedThing] = {
        let root = TestHost.root, home = "/home/ops", units = "/etc/systemd/system"
        let bundle = "\(root)/bundles/tools/1.0.0", records = "\(root)/bundles/tools/.records"
        let node = "\(home)/.nvm/versions/node/v22.20.0"
        // A link to a folder elsewhere, such as a larger disk, is a folder's good right.
        let mayBeLink: [Damage: Answer] = [.link: .renewed]
        let noContent: [Damage: Answer] = Dictionary(uniqueKeysWithValues: Damage.allCases.map { ($0, .renewed) })
        return [
            DamagedThing(path: "\(root)/README"), DamagedThing(path: "\(root)/bin/env.sh"),
            DamagedThing(path: "\(root)/config/bootstrap.json"), DamagedThing(path: "\(root)/.bootstrap_done"),
            DamagedThing(path: "\(root)/bootstrap/state.json"),
            // Whoever it belongs to may have provisioned the host before.
            DamagedThing(path: "/etc/cocalc/project-host.env", answers: [.owner: .refused]),
            DamagedThing(path: "\(units)/project-host.service"),
            DamagedThing(path: "\(units)/btrfs.mount"),
            // A link of this name is what enables, wherever it leads (systemd.unit(5)).
            DamagedThing(
                path: "\(units)/multi-user.target.wants/project-host.service", kind: .link,
                called: "project-host.service at boot", harms: [.deleted, .folder, .fifo]),
            DamagedThing(path: "\(root)/bundle", kind: .link, answers: [.owner: .renewed]),
            DamagedThing(path: "\(root)/bundles/tools/current", kind: .link, answers: [.owner: .renewed]),
            DamagedThing(path: "\(bundle)/manifest.json", called: "manifest.json"),
            DamagedThing(path: "\(bundle)/bin", kind: .folder, called: bundle),
            DamagedThing(path: bundle, kind: .folder),
            DamagedThing(path: "\(root)/bundles/tools", kind: .folder, called: "tools", answers: mayBeLink),
            DamagedThing(path: records, kind: .folder, called: "tools", answers: mayBeLink),
            DamagedThing(path: "\(records)/1.0.0.json", called: "tools"),
            DamagedThing(path: "\(records)/1.0.0.mtree", called: "tools"),
            // When a version was first seen to be well: any moment will do.
            DamagedThing(
                path: "\(records)/1.0.0.healthy", called: "tools 1.0.0",
                answers: [.flipped: .renewed, .mode: .renewed, .owner: .renewed]),
            DamagedThing(path: "\(records)/1.0.0.stamps", answers: noContent),
            DamagedThing(path: "\(node)/bin/node", called: "Node 22.20.0", runs: true),
            DamagedThing(path: node, kind: .folder),
            DamagedThing(path: "\(root)/bootstrap/records/node-v22.20.0.json", called: "Node 22.20.0"),
            DamagedThing(path: "\(root)/bootstrap/records/node-v22.20.0.mtree", called: "Node 22.20.0"),
            DamagedThing(path: "\(home)/.nvm/alias/default"),
            DamagedThing(path: "\(root)/bin", kind: .folder, answers: mayBeLink),
            DamagedThing(path: "\(root)/config", kind: .folder, answers: mayBeLink),
            DamagedThing(path: "\(root)/logs", kind: .folder, answers: mayBeLink),
            DamagedThing(path: "\(root)/bootstrap/downloads", kind: .folder, answers: mayBeLink),
            DamagedThing(path: "\(root)/bootstrap/hub-spool", kind: .folder, answers: mayBeLink),
            // What a run wrote there is history: no later one can write it anew.
            DamagedThing(path: "\(root)/logs/bootstrap.log", answers: noContent),
            DamagedThing(path: "\(root)/bootstrap/lock", answers: noContent),
            DamagedThing(path: "\(root)/bootstrap/work-places", answers: noContent),
        ]
    }()
}
