// How a request to a driver ended, as the application that made it sees it.
// It knows nothing about IRPs.
using OpenWsk.Abi;

namespace OpenWsk.Testing;

/// <summary>The end of one request.</summary>
/// <param name="Status">What the driver, or the kernel, answered.</param>
/// <param name="Information">What the driver put into IoStatus.Information; often a number of bytes.</param>
/// <param name="Output">
/// The output buffer as far as Information goes; of a device control whose buffer the driver writes itself
/// (direct or neither) likewise.
/// </param>
public sealed record IoResult(NTSTATUS Status, ulong Information, ReadOnlyMemory<byte> Output)
{
    /// <summary>Whether the status is a success.</summary>
    public bool IsSuccess => Status.IsSuccess();
}
