// The severity tests of ntdef.h for NTSTATUS. It knows nothing about single statuses.
// The statuses themselves are made of a table: NTSTATUS.cs.
namespace OpenWsk.Abi;

/// <summary>The macros NT_SUCCESS, NT_ERROR and friends.</summary>
public static class NtstatusExtensions
{
    /// <summary>NT_SUCCESS: success and informational severities.</summary>
    public static bool IsSuccess(this NTSTATUS status) => (int)status >= 0;

    /// <summary>NT_ERROR: the error severity only.</summary>
    public static bool IsError(this NTSTATUS status) => (uint)status >> 30 == 3;

    /// <summary>The Windows name, or the value in hexadecimal when it has none here.</summary>
    public static string Name(this NTSTATUS status) =>
        Enum.IsDefined(status) ? status.ToString() : $"0x{(uint)status:X8}";
}
