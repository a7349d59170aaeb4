// What goes wrong before a test can talk to a driver.
// It knows nothing about requests: those have a status.
using OpenWsk.Abi;

namespace OpenWsk.Testing;

/// <summary>DriverEntry returned an error.</summary>
public sealed class DriverEntryException(string driver, NTSTATUS status)
    : Exception($"DriverEntry of {driver} returned {status.Name()}")
{
    public NTSTATUS Status { get; } = status;
}

/// <summary>A device could not be opened.</summary>
public sealed class DeviceException(string path, NTSTATUS status)
    : Exception($"{path} cannot be opened: {status.Name()}")
{
    public NTSTATUS Status { get; } = status;
}
