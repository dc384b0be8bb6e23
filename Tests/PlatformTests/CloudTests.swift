@testable import Platform
import Testing

@Suite struct CloudTests {
    @Test(arguments: [
        (["sys_vendor": "Amazon EC2", "product_name": "t3.micro"], Cloud.amazon),
        (["sys_vendor": "Google", "product_name": "Google Compute Engine"], .google),
        (["sys_vendor": "Microsoft Corporation", "chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77"], .azure),
        (["sys_vendor": "DigitalOcean", "product_name": "Droplet"], .digitalOcean),
        (["sys_vendor": "Hetzner", "product_name": "vServer"], .hetzner),
        (["sys_vendor": "OpenStack Foundation", "product_name": "OpenStack Nova"], .openStack),
        (["sys_vendor": "Microsoft Corporation", "product_name": "Virtual Machine"], nil),
        (["sys_vendor": "QEMU", "product_name": "Standard PC"], nil), ([:], nil),
    ])
    func `a cloud is known by its firmware's words`(firmware: [String: String], cloud: Cloud?) throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/firmware-")
        defer { try? Folders.removeTree(folder) }
        for (name, line) in firmware {
            try Files.replace("\(folder)/\(name)", with: Array("\(line)\n".utf8), mode: 0o644)
        }
        #expect(Cloud.current(firmware: folder) == cloud)
    }
}
