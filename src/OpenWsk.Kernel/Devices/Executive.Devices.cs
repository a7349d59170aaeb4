// The device services of the executive: it only composes. Next: DeviceTable.cs, IoManager.cs.
// It knows nothing about single devices.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private IoManager? _io;

    /// <summary>The devices of this world.</summary>
    public DeviceTable Devices { get; } = new();

    /// <summary>Opens devices and files and sends them requests.</summary>
    public IoManager Io => _io ?? Interlocked.CompareExchange(ref _io, new IoManager(this), null) ?? _io;
}
