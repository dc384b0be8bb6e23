public import Bundles
import Platform

/// How closely a host is looked at.
public struct InspectionOptions: Sendable {
    /// Every installed file is read; else those that have changed in nothing that the kernel tells since they last were.
    public var readsEverything = false
    /// No network is asked but the cloud's machine itself, for ``Placeholder/publicAddress``: what the config, the records and the receipt say counts.
    public var isOffline = false
    /// Without the network, the hub is asked for its secrets all the same: by a host that looks at itself.
    public var asksHub = false
    /// What was seen is written down for the next look; only for who holds the run's lock.
    public var remembers = false
    /// Why a run does not go on as the agent that the config names; nil when it does, or nobody has tried.
    var agentTrouble: Explanation?
    /// Whose the files of the agent must be; nil for the bootstrap user's, as whom it runs.
    var owner: UInt32?
    /// Counts the files of installed trees.
    public var tally: CheckTally?

    /// Makes the usual look of a plan.
    public init() {}
}

extension Host {
    /// Whose the agent's own files are.
    var owner: UInt32 { inspection.owner ?? account.user }

    /// How an installed tree is looked at, which is the bootstrap user's; `ownsFolder` says that nothing else lies in it.
    func treeCheck(ownsFolder: Bool) -> TreeCheck {
        var check = TreeCheck()
        check.trustsTimes = !inspection.readsEverything
        check.remembers = inspection.remembers
        check.tally = inspection.tally
        check.owner = owner
        check.ownsFolder = ownsFolder
        return check
    }
}
