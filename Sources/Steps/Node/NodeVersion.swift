import HostConfig
import Platform

/// One version of Node in nvm's layout.
struct NodeVersion: Sendable, Equatable {
    /// Such as `20.18.0`, without a `v`.
    let number: String
    let home: String

    /// nvm's folder.
    var nvm: String { "\(home)/.nvm" }

    /// What is to be said of an `NVM_DIR` that names another folder: one run would have it and the next, started by
    /// systemd, would not, so that it decides nothing.
    func ignoredFolder(_ variable: String? = ProcessStart.environment("NVM_DIR")) -> String? {
        guard let variable, !variable.isEmpty, variable != nvm, variable != "\(nvm)/" else { return nil }
        return "NVM_DIR is \(variable) and is not followed: Node is in \(nvm), which bin/env.sh makes a shell find"
    }

    /// Where nvm looks for this version.
    var folder: String { "\(nvm)/versions/node/v\(number)" }
    /// nvm's default version.
    var defaultAlias: String { "\(nvm)/alias/default" }
}

extension Architecture {
    /// What nodejs.org calls it.
    var nodeName: String {
        switch self {
        case .x86_64: "x64"
        case .aarch64: "arm64"
        }
    }
}
