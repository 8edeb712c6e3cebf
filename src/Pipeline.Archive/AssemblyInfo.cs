using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Pipeline.Archive.Tests")]
