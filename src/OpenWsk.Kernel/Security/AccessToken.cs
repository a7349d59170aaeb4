// Who a process or thread is: a user, groups, privileges. It knows nothing about which thread it belongs to:
// SecurityService.cs.
namespace OpenWsk.Kernel;

/// <summary>A token.</summary>
/// <param name="User">SID of the user.</param>
/// <param name="Groups">SIDs of the enabled groups.</param>
/// <param name="Privileges">Numbers of the enabled privileges (SE_*_PRIVILEGE).</param>
public sealed record AccessToken(
    string User, IReadOnlyList<string> Groups, IReadOnlySet<uint> Privileges)
{
    public const string Administrators = "S-1-5-32-544";
    public const string LocalSystem = "S-1-5-18";

    // SE_CREATE_TOKEN_PRIVILEGE to SE_DELEGATE_SESSION_USER_IMPERSONATE_PRIVILEGE.
    private const uint PrivilegeMin = 2;
    private const uint PrivilegeMax = 36;

    /// <summary>The token that drivers' own threads have: LocalSystem with every privilege.</summary>
    public static AccessToken System { get; } = new(
        LocalSystem,
        [Administrators, "S-1-1-0", "S-1-5-11"],
        EveryPrivilege());

    /// <summary>The token that applications have unless a test says otherwise: an administrator.</summary>
    public static AccessToken Administrator { get; } = new(
        "S-1-5-21-1004336348-1177238915-682003330-500",
        [Administrators, "S-1-1-0", "S-1-5-4", "S-1-5-11", "S-1-5-32-545"], System.Privileges);

    /// <summary>Whether the token owns what it makes: as an administrator or as itself.</summary>
    public string Owner => IsAdmin ? Administrators : User;

    public bool IsAdmin => Groups.Contains(Administrators);

    /// <summary>A token of a user without privileges but SeChangeNotifyPrivilege.</summary>
    public static AccessToken Of(string user, params string[] groups) =>
        new(user, [.. groups, "S-1-1-0"], new HashSet<uint> { 23 });

    /// <summary>Whether the token is the user or in the group.</summary>
    public bool Has(string sid) => User == sid || Groups.Contains(sid);

    private static HashSet<uint> EveryPrivilege()
    {
        var privileges = new HashSet<uint>();
        for (var privilege = PrivilegeMin; privilege <= PrivilegeMax; privilege++)
            privileges.Add(privilege);
        return privileges;
    }
}
