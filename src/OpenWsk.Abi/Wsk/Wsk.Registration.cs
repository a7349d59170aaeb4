// Registration and the two NPIs of wsk.h at their x64 layout. It knows nothing about captures.
// The dispatch tables that the two sides exchange are in Wsk.Dispatch.cs.
namespace OpenWsk.Abi;

/// <summary>The client's registration block; every member belongs to the provider. 24 bytes.</summary>
public struct WSK_REGISTRATION
{
    public ulong ReservedRegistrationState;
    public nuint ReservedRegistrationContext;
    public nuint ReservedRegistrationLock;
}

/// <summary>What the client tells the provider about itself. 16 bytes.</summary>
public struct WSK_CLIENT_NPI
{
    public nuint ClientContext;
    public GuestPtr<WSK_CLIENT_DISPATCH> Dispatch;
}

/// <summary>What a capture gives the client. 16 bytes.</summary>
public struct WSK_PROVIDER_NPI
{
    public GuestPtr<WSK_CLIENT> Client;
    public GuestPtr<WSK_PROVIDER_DISPATCH> Dispatch;
}

/// <summary>The range of WSK versions that the provider supports. 4 bytes.</summary>
public struct WSK_PROVIDER_CHARACTERISTICS
{
    public ushort HighestVersion;
    public ushort LowestVersion;
}
