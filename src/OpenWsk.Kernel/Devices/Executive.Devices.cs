// The device service of the executive: it only composes. Next: DeviceTable.cs.
// It knows nothing about single devices.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>The devices of this world.</summary>
    public DeviceTable Devices { get; } = new();
}
