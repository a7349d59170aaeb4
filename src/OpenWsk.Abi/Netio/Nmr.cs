// The Network Module Registrar's structures (netioddk.h) at their x64 layout. It knows nothing about binding.
// Next: Wsk/ for the interface that is registered through it.
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>Kind of identifier in an NPI_MODULEID.</summary>
public enum NPI_MODULEID_TYPE
{
    MIT_GUID = 1,
    MIT_IF_LUID = 2,
}

/// <summary>Identifies a network module. 24 bytes; Guid and IfLuid share their place.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
public struct NPI_MODULEID
{
    [FieldOffset(0)] public ushort Length;
    [FieldOffset(4)] public NPI_MODULEID_TYPE Type;
    [FieldOffset(8)] public Guid Guid;
    [FieldOffset(8)] public LUID IfLuid;
}

/// <summary>One instance of a module at one interface. 40 bytes.</summary>
public struct NPI_REGISTRATION_INSTANCE
{
    public ushort Version;
    public ushort Size;
    public GuestPtr<Guid> NpiId;
    public GuestPtr<NPI_MODULEID> ModuleId;
    public uint Number;
    public nuint NpiSpecificCharacteristics;
}

/// <summary>How a client module takes part in binding. 72 bytes.</summary>
public struct NPI_CLIENT_CHARACTERISTICS
{
    public ushort Version;
    public ushort Length;
    public nuint ClientAttachProvider;
    public nuint ClientDetachProvider;
    public nuint ClientCleanupBindingContext;
    public NPI_REGISTRATION_INSTANCE ClientRegistrationInstance;
}

/// <summary>How a provider module takes part in binding. 72 bytes.</summary>
public struct NPI_PROVIDER_CHARACTERISTICS
{
    public ushort Version;
    public ushort Length;
    public nuint ProviderAttachClient;
    public nuint ProviderDetachClient;
    public nuint ProviderCleanupBindingContext;
    public NPI_REGISTRATION_INSTANCE ProviderRegistrationInstance;
}
