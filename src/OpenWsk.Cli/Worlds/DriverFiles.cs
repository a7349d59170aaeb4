// Reads driver files for the verbs; what is wrong with one becomes one line and exit code 3.
// It knows nothing about mapping or running.
using OpenWsk.Loader;

namespace OpenWsk.Cli.Worlds;

/// <summary>Driver files by path.</summary>
internal static class DriverFiles
{
    /// <summary>The checked image.</summary>
    /// <remarks>Errors: FailureException with the line to print.</remarks>
    public static DriverImage Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                : e.Message;
            throw new FailureException(
                ExitCodes.NotLoadable, $"{path} cannot be read: {why}; check the path");
        }
        return Read(bytes, Path.GetFullPath(path));
    }

    /// <summary>The checked image of a file's bytes.</summary>
    public static DriverImage Read(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            return DriverImage.Read(bytes, name);
        }
        catch (ImageFormatException e)
        {
            throw new FailureException(ExitCodes.NotLoadable, e.Message);
        }
    }
}
