/// A cloud whose machines can ask about themselves, known by what their firmware says (DMI), as cloud-init knows them.
public enum Cloud: String, Sendable, CaseIterable {
    case amazon = "Amazon EC2", google = "Google Compute Engine", azure = "Microsoft Azure"
    case digitalOcean = "DigitalOcean", hetzner = "Hetzner Cloud", openStack = "OpenStack"

    /// The one of this machine; nil where nothing says so.
    ///
    /// Blocks.
    public static func current(firmware folder: String = "/sys/class/dmi/id") -> Cloud? {
        let line = { (name: String) in (try? Files.firstLine("\(folder)/\(name)")) ?? nil ?? "" }
        let (vendor, product, tag) = (line("sys_vendor"), line("product_name"), line("chassis_asset_tag"))
        switch vendor {
        case "Amazon EC2": return .amazon
        case "DigitalOcean": return .digitalOcean
        case "Hetzner": return .hetzner
        default: break
        }
        if product == "Google Compute Engine" { return .google }
        // Hyper-V elsewhere has the same vendor.
        if tag == "7783-7084-3265-9085-8269-3286-77" { return .azure }
        return ["OpenStack Nova", "OpenStack Compute"].contains(product) || tag == "OpenStack Nova" ? .openStack : nil
    }
}
