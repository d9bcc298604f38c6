/** Style sheets that a module brings along; Vite takes them. */
declare module '*.css';
