// swift-tools-version: 6.2
import PackageDescription

// Each target lists what it imports; the build passes `--explicit-target-dependency-import-check error`,
// so the arrows of docs/architecture.md hold by compilation.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

func library(_ name: String, _ pkgConfig: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig)
}

let package = Package(
    name: "host-bootstrap",
    products: [
        .executable(name: "host-bootstrap", targets: ["host-bootstrap"]),
        .executable(name: "bootstrap-hub", targets: ["bootstrap-hub"]),
    ],
    targets: [
        .target(
            name: "CLinux",
            cSettings: [
                .unsafeFlags(["-fstack-protector-strong"]),
                .define("_FORTIFY_SOURCE", to: "2", .when(configuration: .release)),
            ]),
        library("CCurl", "libcurl"),
        library("CArchive", "libarchive"),
        library("CSystemd", "libsystemd"),
        library("CBtrfsUtil", "libbtrfsutil"),
        library("CCrypto", "libcrypto"),
        library("CSSL", "libssl"),
        library("CMicroHTTPD", "libmicrohttpd"),
        library("CSQLite", "sqlite3"),
        library("CPostgreSQL", "libpq"),
        library("CISAL", "libisal"),
        library("CLZMA", "liblzma"),
        library("CZstd", "libzstd"),
        library("CSeccomp", "libseccomp"),

        module("Platform", ["CLinux"]),
        module("Confinement", ["CLinux", "CSeccomp", "Platform"]),
        module("JSON", ["Platform"]),
        module("Digests", ["CCrypto", "Platform"]),
        module("Database", ["CSQLite", "Platform"]),
        module("PostgreSQL", ["CPostgreSQL", "Database", "Platform"]),
        module("Systemd", ["CSystemd", "JSON", "Platform"]),
        module("Btrfs", ["CBtrfsUtil", "Platform"]),
        module("Compression", ["CISAL", "CLZMA", "CZstd", "Platform"]),
        module("Archives", ["CArchive", "CLinux", "Compression", "Confinement", "Digests", "Platform"]),
        module("Transfer", ["CCurl", "Digests", "Platform"]),
        module("Projects", ["JSON", "Platform"]),
        module("Bundles", ["Projects", "Archives", "Compression", "Digests", "JSON", "Transfer", "Platform"]),
        module("Privileged", ["CLinux", "Confinement", "Digests", "JSON", "Systemd", "Btrfs", "Platform"]),
        // A link to the schema in config-schema/, so that the program prints the very file.
        module(
            "HostConfig", ["Digests", "JSON", "Systemd", "Platform"],
            resources: [.embedInCode("host-config.schema.json")]),
        module("Trust", ["HostConfig", "Digests", "JSON", "Platform"]),
        module("Engine", ["Digests", "JSON", "Platform"]),
        module("Reporting", ["Engine", "JSON", "Systemd", "Transfer", "Platform"]),
        module(
            "Steps",
            [
                "Engine", "HostConfig", "Privileged", "Bundles", "Transfer", "Archives", "Confinement", "Database",
                "Digests", "Systemd", "Btrfs", "Platform",
            ]),
        module(
            "Hub",
            [
                "CMicroHTTPD", "CSSL", "Archives", "CLinux", "Compression", "Database", "Digests", "HostConfig", "JSON",
                "PostgreSQL", "Transfer", "Trust", "Platform",
            ],
            resources: [
                .embedInCode("bootstrap.sh"), .embedInCode("Page/page.html"), .embedInCode("Page/page.css"),
                .embedInCode("Page/page.js"),
            ]),

        module(
            "FirstConfig", ["Projects", "Bundles", "HostConfig", "Systemd", "Digests", "JSON", "Platform"]),

        program(
            "host-bootstrap",
            [
                "FirstConfig",
                "Steps", "Reporting", "Engine", "HostConfig", "Privileged", "Bundles", "Transfer", "Archives",
                "Confinement", "Digests", "JSON", "Systemd", "Btrfs", "Trust", "Platform",
            ]),
        program("bootstrap-hub", ["Hub", "Reporting", "Engine", "HostConfig", "Digests", "Systemd", "Platform"]),

        tests("Platform", ["Support", "Platform"]),
        tests("Confinement", ["Confinement", "Platform"]),
        tests("JSON", ["JSON", "Support", "Platform"]),
        tests("Digests", ["Digests", "Platform"]),
        tests("Database", ["Database", "Support", "Platform"]),
        // What several modules' tests start.
        .target(
            name: "Support", dependencies: ["Platform"], path: "Tests/Support", exclude: ["terminal.py"],
            swiftSettings: strict),
        tests("PostgreSQL", ["PostgreSQL", "Support", "Database", "Platform"]),
        tests("Systemd", ["Systemd", "JSON", "Support", "Platform"]),
        tests("Btrfs", ["Btrfs", "Support", "Platform"]),
        tests("Compression", ["Compression", "Support", "Platform"]),
        tests("Archives", ["Archives", "Compression", "Confinement", "Digests", "Support", "Platform"]),
        tests("Transfer", ["host-bootstrap", "Transfer", "Support", "Platform"]),
        tests("Projects", ["Projects", "Support", "Platform"]),
        tests(
            "FirstConfig",
            ["FirstConfig", "Archives", "Bundles", "HostConfig", "Projects", "Digests", "Support", "Platform"]),
        tests("Bundles", ["Bundles", "Archives", "Digests", "Transfer", "Support", "Platform"]),
        tests(
            "Privileged", ["Privileged", "Confinement", "Digests", "JSON", "Systemd", "Btrfs", "Support", "Platform"]),
        tests(
            "HostConfig", ["HostConfig", "Digests", "JSON", "Support", "Platform"], exclude: ["Golden", "os-release"]),
        tests("Trust", ["Trust", "HostConfig", "Digests", "Support", "Platform"]),
        tests("Engine", ["Engine", "Digests", "JSON", "Support", "Platform"]),
        tests("Reporting", ["Reporting", "Engine", "JSON", "Systemd", "Transfer", "Support", "Platform"]),
        tests(
            "Steps",
            [
                "Steps", "Engine", "HostConfig", "Privileged", "Bundles", "Transfer", "Database", "Digests", "Systemd",
                "Support",
                "Platform",
            ]),
        tests(
            "Hub", ["bootstrap-hub", "Hub", "PostgreSQL", "Support", "Database", "Digests", "Platform"],
            exclude: [
                "browse.py", "browser.py", "cloud_parts.py", "delta_client.py", "log_in.py", "tls_crowd.py",
            ]),
        tests(
            "CommandLine", ["host-bootstrap", "Bundles", "HostConfig", "Transfer", "Support", "Platform"],
            exclude: ["follow.sh", "journal.py"]),
        tests("Stub", ["Digests", "Support", "Platform"]),
        .testTarget(
            name: "ScenarioTests", dependencies: ["Support", "Platform"], path: "integration-vm/scenarios",
            swiftSettings: strict),
    ]
)

// `make fuzz`: libFuzzer brings the program's main.
if Context.environment["HOST_BOOTSTRAP_FUZZING"] != nil {
    package.targets += [
        .executableTarget(
            name: "archive-fuzzer", dependencies: ["Archives", "Compression", "Platform"], path: "fuzzing",
            exclude: ["corpus", "json-corpus"], sources: ["ArchiveFuzzer.swift"], swiftSettings: strict),
        .executableTarget(
            name: "json-fuzzer", dependencies: ["JSON", "Platform"], path: "fuzzing",
            exclude: ["corpus", "json-corpus"],
            sources: ["JSONFuzzer.swift", "JSONPromises.swift"], swiftSettings: strict),
    ]
}
