// Checks that WskSocket and WskSocketConnect share: the cached descriptor, the context, the callback table.
// What can be seen in user mode is reported; what cannot is taken as given.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>Arguments that make a socket.</summary>
internal static class SocketArguments
{
    /// <summary>
    /// Finds a cached descriptor; STATUS_INVALID_PARAMETER when the pointer is not one (SOCK-33, SCONN-22).
    /// </summary>
    public static NTSTATUS FindDescriptor(
        WskProvider provider, nuint pointer, string rule, out CachedDescriptor? descriptor)
    {
        descriptor = null;
        if (pointer == 0)
            return NTSTATUS.STATUS_SUCCESS;
        descriptor = provider.SecurityDescriptors.Find(pointer);
        if (descriptor is not null)
            return NTSTATUS.STATUS_SUCCESS;
        provider.Executive.Breach(
            rule, $"SecurityDescriptor 0x{(ulong)pointer:x} was not cached by WSK_CACHE_SD");
        return NTSTATUS.STATUS_INVALID_PARAMETER;
    }

    /// <summary>Notes that the request applies the descriptor until it has completed.</summary>
    public static void HoldDescriptor(
        WskProvider provider, WskRequest request, CachedDescriptor? descriptor, string rule)
    {
        if (descriptor is null)
            return;
        provider.SecurityDescriptors.BeginUse(descriptor, rule);
        request.State = descriptor;
    }

    /// <summary>A context in paged pool breaks the rule that it is non-paged.</summary>
    public static void CheckContext(WskProvider provider, nuint context, string rule)
    {
        if (context != 0 && provider.Executive.Pool.TryGet(context, out var block) && block.IsPaged)
            provider.Executive.Breach(rule, $"SocketContext 0x{(ulong)context:x} lies in paged pool");
    }

    /// <summary>Members of a callback table are NULL or code; anything else is no such table.</summary>
    public static void CheckTable(
        WskProvider provider, nuint table, SocketCategories category, string rule)
    {
        if (table == 0 || category == SocketCategories.Basic)
            return;
        if (category == SocketCategories.Stream)
        {
            ref var roles = ref new GuestPtr<WSK_CLIENT_STREAM_DISPATCH>(table).Value;
            CheckTable(provider, roles.Listen.Address, SocketCategories.Listen, rule);
            CheckTable(provider, roles.Connect.Address, SocketCategories.Connection, rule);
            return;
        }
        var members = category == SocketCategories.Datagram ? 1 : 3;
        for (var i = 0; i < members; i++)
        {
            if (IsCallback(provider.Executive, GuestMemory.Read<nuint>(table + (nuint)(i * sizeof(ulong)))))
                continue;
            provider.Executive.Breach(
                rule, $"Dispatch 0x{(ulong)table:x} is no callback table of a {category} socket: "
                    + $"member {i} is no code");
            return;
        }
    }

    /// <summary>The callback table of a connection.</summary>
    public static void CheckConnectionTable(WskProvider provider, nuint table, string rule) =>
        CheckTable(provider, table, SocketCategories.Connection, rule);

    private static bool IsCallback(Executive executive, nuint member) =>
        member == 0 || executive.Code.IsCode(member);
}
