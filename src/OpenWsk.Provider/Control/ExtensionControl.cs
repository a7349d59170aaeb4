// SIO_WSK_REGISTER_EXTENSION: reads the registration and writes what the extension answers. Rules: group EXT.
// It knows nothing about extensions: Extensions/.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>Registering extension interfaces.</summary>
internal static class ExtensionControl
{
    public static ControlResult Register(in ControlCall call)
    {
        if (!call.Input.Holds<WSK_EXTENSION_CONTROL_IN>())
            return STATUS_INVALID_PARAMETER;
        var input = call.Input.Read<WSK_EXTENSION_CONTROL_IN>();
        if (input.NpiId.IsNull)
            return STATUS_INVALID_PARAMETER;
        if (!call.Output.Holds<WSK_EXTENSION_CONTROL_OUT>())
            return STATUS_BUFFER_TOO_SMALL;
        var status = call.Provider.Extensions.Register(call.Socket, input, out var output);
        if (!status.IsSuccess())
            return status;
        call.Output.Write(output);
        return new ControlResult(STATUS_SUCCESS, (nuint)Unsafe.SizeOf<WSK_EXTENSION_CONTROL_OUT>());
    }
}
