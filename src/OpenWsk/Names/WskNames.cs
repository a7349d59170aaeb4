// The names of an address and its port, and how they are looked up. It knows nothing about the call:
// Client/WskClient.Names.cs. The other direction: WskAddressInfo.cs.
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>The names of an address and its port.</summary>
/// <param name="Host">The host's name, or the address as text.</param>
/// <param name="Service">The service's name, or the port as text.</param>
public readonly record struct WskNames(string Host, string Service);

/// <summary>How names are looked up (NI_).</summary>
[Flags]
public enum WskNameFlags : uint
{
    None = 0,

    /// <summary>A host of the own domain without the domain.</summary>
    Relative = NI_NOFQDN,

    /// <summary>The address as text; nobody is asked.</summary>
    NumericHost = NI_NUMERICHOST,

    /// <summary>It is an error when the address has no name.</summary>
    NameRequired = NI_NAMEREQD,

    /// <summary>The port as text.</summary>
    NumericService = NI_NUMERICSERV,

    /// <summary>The service of UDP, where that is another.</summary>
    Datagram = NI_DGRAM,
}
