// The device services of the executive: it only composes. Next: DeviceTable.cs, IoService.cs.
// It knows nothing about single devices.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private IoService? _io;

    /// <summary>The devices of this world.</summary>
    public DeviceTable Devices { get; } = new();

    /// <summary>Opens devices and files and sends them requests.</summary>
    public IoService Io => _io ?? Interlocked.CompareExchange(ref _io, new IoService(this), null) ?? _io;
}
