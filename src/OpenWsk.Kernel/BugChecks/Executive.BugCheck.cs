// A bug check: the guest did what Windows answers by stopping the machine. Here it stops the guest, with the
// name and number that the driver's author knows. It knows nothing about reports. Next: ../Executive.Stop.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>Stops the guest as a bug check would; throw what it returns.</summary>
    public GuestStoppedException BugCheck(BugCheckCode code, string detail)
    {
        var name = Enum.IsDefined(code) ? code.ToString() : "bug check";
        return Stop($"{name} (0x{(uint)code:X}): {detail}");
    }
}
