// Callback objects as drivers use them: to tell each other something, or to be told by the system. The
// system's own (\Callback\PowerState and two more) are there and never told anything: nothing of what they
// are for happens here. It knows nothing about calling: CallbackBody.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Callback routines of ntoskrnl.</summary>
public static class CallbackRoutines
{
    private const int ObjectBytes = 32;
    private const int RegistrationBytes = 16;
    private const string Registration = "callback registration";

    private static readonly string[] s_system =
        [@"\Callback\SetSystemTime", @"\Callback\PowerState", @"\Callback\ProcessorAdd"];

    /// <summary>Opens the callback object of a name, or makes one.</summary>
    /// <remarks>
    /// Owns: the caller dereferences it. Errors: STATUS_OBJECT_NAME_NOT_FOUND; STATUS_UNSUCCESSFUL for an
    /// object without a name that shall not be made.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ExCreateCallback(
        Executive executive,
        GuestPtr<nuint> CallbackObject,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes,
        byte Create,
        byte AllowMultipleCallbacks)
    {
        var name = ObjectAttributes.IsNull ? ""
            : UnicodeText.Of(ObjectAttributes.Value.ObjectName).ToString();
        var isSystem = s_system.Contains(name, StringComparer.OrdinalIgnoreCase);
        if (Create == 0 && name.Length == 0)
            return NTSTATUS.STATUS_UNSUCCESSFUL;
        var found = name.Length == 0 ? 0 : executive.NamedObjects.Find(name, ObjectKind.Callback);
        if (found == 0 && Create == 0 && !isSystem)
            return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
        if (found == 0)
        {
            found = executive.NamedObjects.FindOrAdd(name, ObjectKind.Callback, () =>
                executive.Objects.Create(
                    ObjectKind.Callback,
                    ObjectBytes,
                    new CallbackBody(executive, name, isSystem || AllowMultipleCallbacks != 0)), out _);
        }
        CallbackObject.Value = found;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Adds a routine to a callback object; NULL when there is one and only one may be.</summary>
    /// <remarks>Owns: the caller takes it back with ExUnregisterCallback.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static nuint ExRegisterCallback(
        Executive executive, nuint CallbackObject, nuint CallbackFunction, nuint CallbackContext)
    {
        var body = BodyOf(executive, CallbackObject, nameof(ExRegisterCallback));
        if (CallbackFunction == 0)
            return 0;
        var handle = executive.Heap.Allocate(RegistrationBytes);
        GuestMemory.Write(handle, CallbackObject);
        if (!body.TryAdd(handle, CallbackFunction, CallbackContext))
        {
            executive.Heap.TryFree(handle);
            return 0;
        }
        executive.Objects.Reference(CallbackObject);
        executive.Registrations.Add(Registration, handle);
        return handle;
    }

    /// <summary>Takes a routine back; it does not run any more when this returns.</summary>
    /// <remarks>Errors: bug check 0x18 when there is no such registration.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void ExUnregisterCallback(Executive executive, nuint CallbackRegistration)
    {
        if (!executive.Registrations.Remove(Registration, CallbackRegistration))
            throw executive.BugCheck(
                BugCheckCode.REFERENCE_BY_POINTER,
                $"ExUnregisterCallback of 0x{(ulong)CallbackRegistration:x}, which is no registration");
        var target = GuestMemory.Read<nuint>(CallbackRegistration);
        var isRemoved = BodyOf(executive, target, nameof(ExUnregisterCallback)).Remove(CallbackRegistration);
        Invariant.That(isRemoved);
        executive.Objects.Dereference(target);
        executive.Heap.TryFree(CallbackRegistration);
    }

    /// <summary>Calls the routines of a callback object with two arguments, in the order they came.</summary>
    /// <remarks>IRQL: the routines run at the caller's.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExNotifyCallback(
        Executive executive, nuint CallbackObject, nuint Argument1, nuint Argument2) =>
        BodyOf(executive, CallbackObject, nameof(ExNotifyCallback)).Notify(Argument1, Argument2);

    private static CallbackBody BodyOf(Executive executive, nuint target, string routine) =>
        executive.Objects.TryGet(target, out var record) && record.Payload is CallbackBody body
            ? body
            : throw executive.BugCheck(
                BugCheckCode.REFERENCE_BY_POINTER,
                $"{routine}: there is no callback object at 0x{(ulong)target:x}");
}
