// What is known of a device beside its DEVICE_OBJECT: on whose shoulders it stands.
// It knows nothing about the guest's structure: see DeviceRoutines.cs, DeviceStackRoutines.cs.
namespace OpenWsk.Kernel;

/// <summary>The managed part of a device.</summary>
internal sealed class DeviceBody
{
    /// <summary>The device below, which this one is attached to; 0 for none.</summary>
    public nuint AttachedTo { get; set; }

    /// <summary>Whether StartIo is not called again while it runs (IoSetStartIoAttributes).</summary>
    public bool IsStartIoDeferred { get; set; }

    /// <summary>Whether an IRP that StartIo is called for cannot be cancelled any more.</summary>
    public bool IsNonCancelable { get; set; }

    /// <summary>Whether StartIo runs, when calls of it are deferred.</summary>
    public bool IsInStartIo { get; set; }

    /// <summary>Whether another StartIo was asked for meanwhile, and whether it can be cancelled.</summary>
    public (bool IsWanted, bool IsCancelable) Deferred { get; set; }
}
