// An option of a socket as a value: its number at its level, which may differ between the families, and how
// its ULONG becomes a C# value. The options there are: WskOptions.cs. It knows nothing about sockets.
namespace OpenWsk;

/// <summary>A socket option whose value is a T.</summary>
/// <typeparam name="T">What it holds.</typeparam>
/// <param name="Name">Its name in Winsock.</param>
/// <param name="Level">SOL_SOCKET or the protocol's number, for AF_INET.</param>
/// <param name="Number">Its number at that level.</param>
/// <param name="LevelV6">The level for AF_INET6.</param>
/// <param name="NumberV6">Its number at that level.</param>
/// <param name="ToNumber">Makes the ULONG that Winsock wants.</param>
/// <param name="FromNumber">Reads the ULONG that Winsock gives.</param>
public sealed record WskOption<T>(
    string Name,
    uint Level,
    uint Number,
    uint LevelV6,
    uint NumberV6,
    Func<T, uint> ToNumber,
    Func<uint, T> FromNumber)
{
    /// <summary>The option's level for a family.</summary>
    public uint LevelOf(bool isV6) => isV6 ? LevelV6 : Level;

    /// <summary>The option's number for a family.</summary>
    public uint NumberOf(bool isV6) => isV6 ? NumberV6 : Number;

    /// <summary>Its name.</summary>
    public override string ToString() => Name;
}
