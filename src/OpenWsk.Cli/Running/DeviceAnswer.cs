// What became of one request to a device. It knows nothing about how requests are written: see
// ../CommandLine/DeviceRequest.cs.
using OpenWsk.Abi;
using OpenWsk.Cli.CommandLine;

namespace OpenWsk.Cli.Running;

/// <summary>One answer of a driver.</summary>
internal sealed record DeviceAnswer(
    DeviceRequest Request, NTSTATUS Status, ulong Information, ReadOnlyMemory<byte> Output)
{
    /// <summary>The answer as one line.</summary>
    public override string ToString()
    {
        var what = Request.Code is { } code
            ? $" 0x{code:x}"
            : $" {Request.Kind.ToString().ToLowerInvariant()}";
        var output = Output.IsEmpty ? "" : $": {Convert.ToHexStringLower(Output.Span)}";
        return $"{Request.Device}{what} -> {Status.Name()}, information {Information}{output}";
    }
}
