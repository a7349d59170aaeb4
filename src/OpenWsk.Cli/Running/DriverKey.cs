// Puts parameters where drivers look for them: values of the Parameters key under the driver's own key.
// It knows nothing about how the user wrote them.
using OpenWsk.Cli.CommandLine;
using OpenWsk.Kernel;

namespace OpenWsk.Cli.Running;

/// <summary>The driver's registry key.</summary>
internal static class DriverKey
{
    public static void Set(Executive executive, string driverPath, ParameterValue parameter) =>
        executive.Registry.SetValue(
            $@"{driverPath}\Parameters", parameter.Name, (uint)parameter.Type, parameter.Data);
}
