// Who a process or thread is, for the address-sharing check: a set of SIDs that the world supplies (OPEN-47).
// In user mode there is no token to ask. It knows nothing about descriptors.
namespace OpenWsk.Provider;

/// <summary>The security contexts of a world, by EPROCESS and ETHREAD address.</summary>
public sealed class SecurityContexts
{
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, IReadOnlySet<string>> _processes = [];
    private readonly Dictionary<nuint, IReadOnlySet<string>> _threads = [];

    /// <summary>
    /// The context of the process that drivers run in unless the world says otherwise: LocalSystem.
    /// </summary>
    public IReadOnlySet<string> System { get; set; } = new HashSet<string> { "S-1-5-18", "S-1-1-0" };

    /// <summary>
    /// The context of name look-ups that name no process: a local account with minimal privileges (DIFF-10).
    /// </summary>
    public IReadOnlySet<string> MinimalPrivileges { get; set; } =
        new HashSet<string> { "S-1-5-19", "S-1-1-0" };

    /// <summary>Says who a process is.</summary>
    public void SetProcess(nuint process, params string[] sids)
    {
        lock (_gate)
            _processes[process] = new HashSet<string>(sids);
    }

    /// <summary>Says whom a thread impersonates; without any SID it stops impersonating.</summary>
    public void SetThread(nuint thread, params string[] sids)
    {
        lock (_gate)
        {
            if (sids.Length == 0)
                _threads.Remove(thread);
            else
                _threads[thread] = new HashSet<string>(sids);
        }
    }

    /// <summary>
    /// The context of OwningProcess and OwningThread: a thread counts only while it impersonates (SOCK-32).
    /// </summary>
    public IReadOnlySet<string> Of(nuint owningProcess, nuint owningThread)
    {
        lock (_gate)
        {
            if (_threads.TryGetValue(owningThread, out var thread))
                return thread;
            return _processes.TryGetValue(owningProcess, out var process) ? process : System;
        }
    }

    /// <summary>Whether a thread impersonates.</summary>
    public bool IsImpersonating(nuint thread)
    {
        lock (_gate)
            return _threads.ContainsKey(thread);
    }

    /// <summary>The context of a name look-up (NAME-11, NAME-12).</summary>
    internal IReadOnlySet<string> OfNameClient(nuint owningProcess, nuint owningThread) =>
        owningProcess == 0 ? MinimalPrivileges : Of(owningProcess, owningThread);
}
