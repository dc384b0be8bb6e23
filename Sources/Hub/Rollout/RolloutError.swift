public import Platform

/// Why there is no roll-out, or no group for one.
public enum RolloutError: Explained, Equatable {
    /// No label, or one that means every host.
    case badLabel(String)
    /// No labels with commas between.
    case badGroup(String)
    /// No length of time.
    case badSpan(String)
    /// No sizes of waves that end with the whole group.
    case badWaves(String)
    /// No number of hosts that may fail.
    case badBound(String)
    /// No window.
    case badWindow(String)
    /// No bundle's name and version.
    case badBundleVersion(String)
    /// No host has these labels.
    case emptyGroup(String)
    /// A host has no config that could be changed.
    case hasNoConfig(String)
    /// A host's config names the bundle in a way of which more would have to change.
    case cannotChangeBundle(host: String, bundle: String)
    /// The hub does not have that version beside the one that a host's config names.
    case hasNotVersion(host: String, bundle: String, version: String, beside: String)
    /// The hub has no agent that it could give.
    case noAgents
    /// A host's config names no hub of which it could fetch one.
    case reportsNowhere(host: String)
    /// Hosts take signed configs alone, and the new one of this host is not signed as it must be.
    case unsigned(host: String, doubt: String)
    /// A host looks at itself so seldom that it would always be late.
    case tooSlow(host: String, every: String, within: String)
    /// All hosts have it.
    case allHaveIt(String)
    /// A host is in one that is open.
    case busy(host: String, rollout: Int64)
    /// There is none of that number, or none at all.
    case notFound(Int64?)
    /// None is open, or not this one.
    case notOpen(Int64?)
    /// More than one is open, and none was named.
    case several([Int64])

    /// Problem, place and hint.
    public var explanation: Explanation {
        switch self {
        case .badLabel(let text):
            Explanation(
                "not a label", at: text,
                hint: "write NAME or NAME=VALUE of letters, digits and ._-, as in web or zone=a; NAME- takes one away")
        case .badGroup(let text):
            Explanation(
                "not a group", at: text,
                hint:
                    "write labels with commas between, as in web,zone=a, or all; bootstrap-hub label ID LABEL gives one"
            )
        case .badSpan(let text):
            Explanation(
                "not a length of time", at: text, hint: "write seconds, minutes, hours or days: 90s, 10m, 2h, 1d")
        case .badWaves(let text):
            Explanation(
                "not the sizes of waves", at: text,
                hint:
                    "write numbers or percentages, each with the hosts before it, up to the whole group: 1,10%,50%,100%"
            )
        case .badBound(let text):
            Explanation("not a number of hosts", at: text, hint: "write a number, or per cent of the group: 1 or 5%")
        case .badWindow(let text):
            Explanation(
                "not a window", at: text, hint: "write days and hours, as in \"mon-fri 09:00-16:00\" or \"22:00-06:00\""
            )
        case .badBundleVersion(let text):
            Explanation("not a bundle and its version", at: text, hint: "write NAME=VERSION, as in tools=1.3")
        case .emptyGroup(let group):
            Explanation(
                "no host has these labels", at: group,
                hint: "bootstrap-hub list-hosts shows labels, bootstrap-hub label ID LABEL gives one")
        case .hasNoConfig(let host):
            Explanation(
                "the host has no config", at: host, hint: "bootstrap-hub add-host \(host) --config FILE gives it one")
        case .cannotChangeBundle(let host, let bundle):
            Explanation(
                "its config has no \"bundles.\(bundle)\" with \"url\" and \"checksum\", and without \"delta\", \"mirrors\" or a query",
                at: host, hint: "change its config, and roll that out: --config FILE")
        case .hasNotVersion(let host, let bundle, let version, let address):
            Explanation(
                "its \(bundle) is \(address), and beside that this hub has no version \(version) of it", at: host,
                hint:
                    "bootstrap-hub add-bundle FILE takes that version, under the file name that host-bootstrap bundle pack gave it"
            )
        case .noAgents:
            Explanation(
                "this hub has no agent", hint: "bootstrap-hub add-binary FILE, for each machine that the hosts have")
        case .reportsNowhere(let host):
            Explanation(
                "its config has no \"hub\" that reports to a hub, so nobody knows where it would fetch an agent",
                at: host,
                hint: "add \"hub\" to its config; or name \"agent\" in it by hand, and roll that out: --config FILE")
        case .unsigned(let host, let doubt):
            Explanation(
                "the new config \(doubt), and hosts that take signed ones alone would refuse it", at: host,
                hint: "sign one for each host, and give the folder: --config FOLDER with ID.json and ID.json.minisig")
        case .tooSlow(let host, let every, let within):
            Explanation(
                "the host looks for a new config every \(every), and would fail after \(within)", at: host,
                hint: "start with a longer --within, at least \(every) and the length of a run: --within 2d")
        case .allHaveIt(let group):
            Explanation(
                "every host of the group has it already", at: group,
                hint: "bootstrap-hub list-hosts shows how they stand")
        case .busy(let host, let rollout):
            Explanation(
                "the host is in roll-out \(rollout), which is open", at: host,
                hint: "wait for it, or bootstrap-hub rollout abort \(rollout)")
        case .notFound(let id):
            Explanation(
                id.map { "there is no roll-out \($0)" } ?? "there is no roll-out",
                hint: "bootstrap-hub rollout start --group LABELS --bundle NAME=VERSION begins one")
        case .notOpen(let id):
            Explanation(
                id.map { "roll-out \($0) is not open" } ?? "no roll-out is open",
                hint: "bootstrap-hub rollout status shows the last one")
        case .several(let ids):
            Explanation(
                "roll-outs \(ids.map { "\($0)" }.joined(separator: ", ")) are open",
                hint: "give the number behind the word, as in bootstrap-hub rollout abort \(ids.first ?? 0)")
        }
    }
}
