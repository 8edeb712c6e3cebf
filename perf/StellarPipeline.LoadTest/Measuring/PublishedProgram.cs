using System.Runtime.InteropServices;
using StellarPipeline.LoadTest.Layers;

namespace StellarPipeline.LoadTest.Measuring;

/// <summary>The published program, which users install: compiled ahead of time.</summary>
internal static class PublishedProgram
{
    /// <summary>File name of the program.</summary>
    public const string Name = "stellar-pipeline.dll";

    private const string ExecutableName = "stellar-pipeline";

    /// <summary>Publishes the program of this checkout.</summary>
    /// <param name="folder">The target folder.</param>
    /// <param name="cancellationToken">Cancels publishing.</param>
    /// <param name="form">The form. A native program is linked by clang, or by gcc where there is no clang.</param>
    /// <returns>The program's path, or null and the reason.</returns>
    public static async Task<(string? Program, string? Obstacle)> MakeAsync(
        string folder, CancellationToken cancellationToken, ProgramForm form = ProgramForm.Published)
    {
        if (Checkout.Root() is not { } root) return (null, "there is no checkout to publish from");
        List<string> options = form == ProgramForm.Published ? [] : ["--runtime", RuntimeInformation.RuntimeIdentifier];
        if (form == ProgramForm.SelfContained) options.Add("--self-contained");
        if (form == ProgramForm.Native)
        {
            options.Add("-p:PublishAot=true");
            if (ExternalProgram.Find("clang") is null)
            {
                if (ExternalProgram.Find("gcc") is null) return (null, "there is no C linker: clang or gcc");
                options.Add("-p:CppCompilerAndLinker=gcc");
            }
        }

        try
        {
            await ExternalProgram.RunAsync("dotnet", ["publish", Path.Combine(root, "src", "StellarPipeline.Cli"), "--configuration",
                "Release", "--output", folder, "--nologo", .. options], null, null, cancellationToken);
            return (Path.Combine(folder, form.IsExecutable() ? ExecutableName : Name), null);
        }
        catch (LoadTestException error)
        {
            return (null, $"it could not be published: {error.Message}");
        }
    }
}
